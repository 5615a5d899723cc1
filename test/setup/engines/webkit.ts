import { findMiniBrowser, findWebKitWebDriver, findXvfb } from '../tools.ts'
import { type Engine, type EnginePage, PAGE_SIZE, type Size } from './engine.ts'
import { startTied } from './tied-process.ts'
import { openDisplay } from './virtual-display.ts'
import { asyncBody, freePort, openSession, type WebDriverSession } from './web-driver.ts'

const CLOSES_WITHIN_MS = 2_000

/** WebKitGTK's MiniBrowser by WebDriver: Playwright drives only its patched build of WebKit. It has no mode without a window. */
export const webkit: Engine = {
  name: 'WebKit',
  tools: () => [findWebKitWebDriver(), findMiniBrowser(), ...(process.env.DISPLAY ? [] : [findXvfb()])],
  async launch() {
    const driverPath = findWebKitWebDriver().path
    const binary = findMiniBrowser().path
    if (!driverPath || !binary) throw new Error('WebKitWebDriver or MiniBrowser was not found.')
    const [display, port] = await Promise.all([openDisplay(), freePort()])
    const driver = startTied(driverPath, ['-p', String(port)], {
      ...process.env,
      DISPLAY: display.name,
      // Containers run as root, without the namespaces of its sandbox and without a graphics card.
      WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: '1',
      WEBKIT_DISABLE_COMPOSITING_MODE: '1',
    })
    async function end() {
      await driver.end()
      await display.end()
    }
    try {
      const session = await Promise.race([openMiniBrowser(port, binary), driver.ended])
      const inWindow = await windowsOf(session)
      return {
        newPage: () => openWindow(inWindow),
        async close() {
          // The driver waits for the browser that it has started. Whatever becomes of that, both end here.
          await session('DELETE', '', undefined, CLOSES_WITHIN_MS).catch(() => {})
          await end()
        },
      }
    } catch (error) {
      await end()
      throw error
    }
  },
}

const openMiniBrowser = (port: number, binary: string) =>
  openSession(port, {
    browserName: 'MiniBrowser',
    'webkitgtk:browserOptions': { binary, args: ['--automation'] },
  })

/** Speaks with one window; `null` is the first one, which stays. */
type InWindow = (handle: string | null, ...request: Parameters<WebDriverSession>) => Promise<unknown>

/** A session speaks with one window at a time: requests stand in line, each behind the choice of its window. */
async function windowsOf(session: WebDriverSession): Promise<InWindow> {
  const first = await session('GET', '/window')
  let line: Promise<unknown> = Promise.resolve()
  return (handle, ...request) => {
    const answer = line.then(async () => {
      await session('POST', '/window', { handle: handle ?? first })
      return session(...request)
    })
    line = answer.catch(() => {})
    return answer
  }
}

async function openWindow(inWindow: InWindow): Promise<EnginePage> {
  const { handle } = (await inWindow(null, 'POST', '/window/new', { type: 'window' })) as { handle: string }

  async function run(script: (argument: never) => unknown, argument?: unknown) {
    const body = { script: asyncBody(script), args: [argument ?? null] }
    const answer = (await inWindow(handle, 'POST', '/execute/async', body)) as { value?: never; error?: string }
    if (answer.error !== undefined) throw new Error(answer.error)
    return answer.value as never
  }
  /** The window has a toolbar above the page. */
  async function resize({ width, height }: Size) {
    await inWindow(handle, 'POST', '/window/rect', { width, height })
    const toolbar = height - (await run(() => innerHeight))
    if (toolbar > 0) await inWindow(handle, 'POST', '/window/rect', { width, height: height + toolbar })
  }
  await resize(PAGE_SIZE)
  return {
    goto: async (url) => void (await inWindow(handle, 'POST', '/url', { url })),
    run,
    resize,
    close: async () => void (await inWindow(handle, 'DELETE', '/window')),
  }
}
