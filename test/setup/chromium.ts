import { type Browser, chromium, type LaunchOptions } from 'playwright'
import { findChromium } from './tools.ts'

/** How every test starts Chromium: quiet, without a sandbox (containers run as root), and without calls home. */
export const chromiumOptions = (executablePath: string | undefined): LaunchOptions => ({
  ...(executablePath && { executablePath }),
  headless: true,
  args: [
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
})

/** A real Chromium, for tests that drive pages themselves. The caller closes it. */
export const launchChromium = (options: LaunchOptions = {}): Promise<Browser> =>
  chromium.launch({ ...chromiumOptions(findChromium().path), ...options })
