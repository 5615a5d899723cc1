import { launchChromium } from '../chromium.ts'
import { findChromium } from '../tools.ts'
import { type Engine, PAGE_SIZE } from './engine.ts'

/** By Playwright. */
export const chromium: Engine = {
  name: 'Chromium',
  tools: () => [findChromium()],
  async launch() {
    // Kept pages are a behaviour of the engine; Playwright turns them off.
    const browser = await launchChromium({ ignoreDefaultArgs: ['--disable-back-forward-cache'] })
    const context = await browser.newContext({ viewport: PAGE_SIZE })
    return {
      async newPage() {
        const page = await context.newPage()
        return {
          goto: async (url) => void (await page.goto(url)),
          run: (script: (argument: never) => unknown, argument?: unknown) => page.evaluate(script, argument as never),
          resize: (size) => page.setViewportSize(size),
          close: () => page.close(),
        }
      },
      close: () => browser.close(),
    }
  },
}
