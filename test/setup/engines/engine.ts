// A browser engine, as tests drive it: pages that run a function. Playwright, WebDriver BiDi and WebDriver are the three ways to
// that, and no test sees which.

import type { Tool } from '../tools.ts'

export interface Engine {
  name: 'Chromium' | 'Firefox' | 'WebKit'
  /** The programs that it needs. */
  tools(): readonly Tool[]
  /** The caller closes it, and with it every process that it has started. */
  launch(): Promise<EngineBrowser>
}

export interface EngineBrowser {
  newPage(): Promise<EnginePage>
  close(): Promise<void>
}

export interface EnginePage {
  goto(url: string): Promise<void>
  /**
   * Runs a function in the page and waits for its promise. It travels as text: it sees the page's globals and its argument, and
   * nothing of the test around it. Argument and result travel as JSON.
   */
  run<Argument, Result>(script: (argument: Argument) => Result, argument: Argument): Promise<Awaited<Result>>
  run<Result>(script: () => Result): Promise<Awaited<Result>>
  resize(size: Size): Promise<void>
  close(): Promise<void>
}

export interface Size {
  width: number
  height: number
}

export const PAGE_SIZE: Size = { width: 1280, height: 800 }
