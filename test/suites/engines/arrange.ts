import { onTestFinished } from 'vitest'
import { createMemoryTicketStore, type TicketStore } from '../../../src/server/index.ts'
import { bundleOf } from '../../e2e/bundle-of.ts'
import type { EngineBrowser, EnginePage } from '../../setup/engines/engine.ts'
import { type RealServer, startRealServer } from '../../support/real-server.ts'
import { startProxy, type TcpProxy } from '../../support/tcp-proxy.ts'

const KIT = `${import.meta.dirname}/kit.ts`
const MiB = 1_048_576

export interface Arena {
  server: RealServer
  /** Between the page and the server: cuts, freezes, resets. */
  proxy: TcpProxy
  /** On the server's origin, with `kit`. */
  page: EnginePage
  /** Alice's. */
  jwt: string
  /** Where another page finds the same. */
  url: string
  openPage(): Promise<EnginePage>
}

export interface Shared {
  browser: EngineBrowser
  /** `kit`, as a script. */
  kit: string
}

/** Connects with a JWT, and says how, or why not. In a frame or a worker, which the test does not reach. */
const CONNECT = '((jwt) => kit.connect({ jwt }).then(({ method }) => method, ({ message }) => message))'

export const bundleKit = () => bundleOf('kit', KIT)

/** A server, a proxy in front of it, and a page that comes from there. */
export async function arrange(
  { browser, kit }: Shared,
  store: TicketStore = createMemoryTicketStore(),
): Promise<Arena> {
  const html = (body: string) => ({
    type: 'text/html; charset=utf-8',
    body: `<!doctype html><link rel=icon href=data:,>${body}`,
  })
  const javascript = (body: string) => ({ type: 'text/javascript', body })
  const server = await startRealServer(store, {
    maxPayload: 2 * MiB,
    allowedOrigins: (origin) => ['127.0.0.1', 'localhost'].includes(new URL(origin).hostname),
    files: {
      '/page': html('<script src=/kit.js></script>'),
      '/kit.js': javascript(kit),
      '/worker.js': javascript(`${kit}\n;onmessage = async ({ data }) => postMessage(await ${CONNECT}(data))`),
      '/shared-worker.js': javascript(
        `${kit}\n;onconnect = ({ ports: [port] }) => {
          port.onmessage = async ({ data }) => port.postMessage(await ${CONNECT}(data))
        }`,
      ),
      '/frame': html(
        `<script src=/kit.js></script>
         <script>onmessage = async ({ data }) => parent.postMessage(await ${CONNECT}(data), '*')</script>`,
      ),
    },
  })
  const proxy = await startProxy({ port: Number(new URL(server.httpUrl).port) })
  const url = `http://127.0.0.1:${proxy.port}/page`

  async function openPage() {
    const page = await browser.newPage()
    onTestFinished(() => page.close())
    await page.goto(url)
    return page
  }
  return { server, proxy, url, openPage, page: await openPage(), jwt: await server.issueJwt('alice') }
}

/** The tickets that have arrived in upgrades. */
export const ticketsIn = (server: RealServer) =>
  server.upgrades
    .map(({ url }) => new URL(url, 'ws://x').searchParams.get('ticket'))
    .filter((ticket) => ticket !== null)
