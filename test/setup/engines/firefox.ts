import { launch } from 'puppeteer-core'
import { findFirefox } from '../tools.ts'
import { type Engine, PAGE_SIZE } from './engine.ts'
import { tieGroup } from './tied-process.ts'

/** A test has its own limit, which says more. */
const NO_LIMIT = 0

/** By WebDriver BiDi: Playwright drives only its patched build of Firefox. */
export const firefox: Engine = {
  name: 'Firefox',
  tools: () => [findFirefox()],
  async launch() {
    const { path } = findFirefox()
    if (!path) throw new Error('Firefox was not found.')
    const browser = await launch({
      browser: 'firefox',
      executablePath: path,
      headless: true,
      defaultViewport: PAGE_SIZE,
      protocolTimeout: NO_LIMIT,
    })
    const pid = browser.process()?.pid
    const untie = pid === undefined ? () => {} : tieGroup(pid)
    return {
      async newPage() {
        const page = await browser.newPage()
        return {
          goto: async (url) => void (await page.goto(url, { timeout: NO_LIMIT })),
          run: (script: (argument: never) => unknown, argument?: unknown) => page.evaluate(script, argument as never),
          resize: (size) => page.setViewport(size),
          close: () => page.close(),
        }
      },
      async close() {
        await browser.close()
        untie()
      },
    }
  },
}
