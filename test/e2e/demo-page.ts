import type { Browser, BrowserContext, Locator, Page } from 'playwright'

/** The demo's page as a person finds their way in it. */
export interface DemoPage {
  readonly page: Page
  readonly context: BrowserContext
  /** Errors and warnings of the console and uncaught errors, but for the browser's own lines about refused requests. */
  readonly complaints: readonly string[]
  /** The browser's own lines: `503 /websocket/ticket`. */
  readonly refusedRequests: readonly string[]
  signIn(name: 'Alice' | 'Bob'): Promise<void>
  /** Waits until the connection is open by this method. */
  openBy(method: 'Ticket' | 'JWT'): Promise<void>
  ask(question: string): Promise<void>
  /** The newest question with its answer. */
  latest(): Locator
  /** Waits until the newest answer is complete. */
  answered(): Promise<string>
  press(button: string): Promise<void>
  flip(name: string): Promise<void>
  /** One of the inspector's parts: `status`, `method`, `failures`. */
  part(name: string): Locator
  /** The events of the time line, newest first. */
  events(): Promise<string[]>
  close(): Promise<void>
}

export async function openDemoPage(browser: Browser, url: string): Promise<DemoPage> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } })
  const page = await context.newPage()
  const complaints: string[] = []
  const refusedRequests: string[] = []
  page.on('console', (message) => {
    if (!['error', 'warning'].includes(message.type())) return
    const [, status] = /^Failed to load resource: .* status of (\d{3})/.exec(message.text()) ?? []
    if (status) refusedRequests.push(`${status} ${new URL(message.location().url).pathname}`)
    else complaints.push(message.text())
  })
  page.on('pageerror', ({ message }) => complaints.push(message))
  await page.goto(url)

  const part = (name: string) => page.locator(`[part=${name}]`)
  const latest = () => page.getByRole('article').last()
  return {
    page,
    context,
    complaints,
    refusedRequests,
    async signIn(name) {
      await page.getByRole('button', { name: new RegExp(name) }).click()
      await page.getByLabel('Your question').waitFor()
    },
    async openBy(method) {
      await part('status').getByText('Open', { exact: true }).waitFor()
      await part('method').getByText(method, { exact: true }).waitFor()
    },
    async ask(question) {
      await page.getByLabel('Your question').fill(question)
      await page.getByRole('button', { name: 'Ask', exact: true }).click()
    },
    latest,
    part,
    async answered() {
      await latest()
        .getByText(/^over a socket opened with/)
        .waitFor()
      return (await latest().textContent()) ?? ''
    },
    press: (button) => page.getByRole('button', { name: button }).first().click(),
    flip: (name) => page.getByRole('switch', { name }).click(),
    events: () => page.getByRole('list', { name: 'Time line' }).getByRole('listitem').allTextContents(),
    close: () => context.close(),
  }
}
