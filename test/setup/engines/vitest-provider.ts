import { defineBrowserProvider } from '@vitest/browser'
import type { BrowserProvider, BrowserProviderOption, TestProject } from 'vitest/node'
import type { Engine, EngineBrowser, EnginePage, Size } from './engine.ts'

declare module 'vitest/node' {
  interface BrowserCommandContext {
    enginePage?: EnginePage
  }
}

/** Vitest's browser mode in an engine as Debian installs it, which no provider of Vitest drives. */
export const vitestProvider = (engine: Engine): BrowserProviderOption =>
  defineBrowserProvider({
    name: engine.name.toLowerCase(),
    supportedBrowser: [engine.name.toLowerCase()],
    options: {},
    providerFactory: (project) => new EngineProvider(engine, project),
  })

class EngineProvider implements BrowserProvider {
  readonly name: string
  readonly initScripts = []
  readonly supportsParallelism = false
  readonly #engine: Engine
  readonly #pages = new Map<string, EnginePage>()
  #browser: Promise<EngineBrowser> | null = null

  constructor(engine: Engine, project: TestProject) {
    this.name = engine.name.toLowerCase()
    this.#engine = engine
    // The command behind `page.viewport()` of a test.
    const resize = async ({ enginePage }: { enginePage?: EnginePage }, size: Size) => enginePage?.resize(size)
    project.browser?.registerCommand('__vitest_viewport' as never, resize as never)
  }

  getCommandsContext(sessionId: string) {
    return { enginePage: this.#pages.get(sessionId) }
  }

  async openPage(sessionId: string, url: string) {
    this.#browser ??= this.#engine.launch()
    const page = await (await this.#browser).newPage()
    this.#pages.set(sessionId, page)
    await page.goto(url)
  }

  async close() {
    const browser = this.#browser
    this.#browser = null
    await (await browser?.catch(() => null))?.close()
  }
}
