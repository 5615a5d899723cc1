import type { Page } from 'playwright'
import { onTestFinished } from 'vitest'
import { launchChromium } from '../setup/chromium.ts'

export interface OpenPage {
  page: Page
  /** Errors and warnings that the page wrote or threw. */
  complaints: string[]
  /** What it has dialled, as the browser tells it. */
  sockets: string[]
}

/** A page in a real Chromium, gone when the test has finished. */
export async function openPage(url: string): Promise<OpenPage> {
  const browser = await launchChromium()
  onTestFinished(() => browser.close())
  const page = await browser.newPage()
  const complaints: string[] = []
  page.on('console', (message) => ['error', 'warning'].includes(message.type()) && complaints.push(message.text()))
  page.on('pageerror', (error) => complaints.push(String(error)))
  const sockets: string[] = []
  page.on('websocket', (socket) => sockets.push(socket.url()))
  await page.goto(url)
  return { page, complaints, sockets }
}
