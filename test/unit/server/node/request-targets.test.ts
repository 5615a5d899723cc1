import { createServer, type RequestListener } from 'node:http'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { toNodeHandler, type WebHandler } from '../../../../src/server/node/to-node-handler.ts'
import { dialRaw, listen, ORIGIN, serve, until } from './serve.ts'

const SECRET = 's3cr3t-of-alice'
const TARGETS = [`http://alice:${SECRET}@x`, `http://${SECRET}@x`, `https://:${SECRET}@x`, `http://a@b:${SECRET}@x`]

const printed = vi.fn()
beforeEach(() => {
  printed.mockClear()
  vi.spyOn(console, 'error').mockImplementation(printed)
})
afterEach(() => {
  expect(printed).not.toHaveBeenCalled()
  vi.restoreAllMocks()
})

async function answerTo(port: number, head: string): Promise<string> {
  const seen = await dialRaw(port, `${head}\r\n\r\n`)
  await until(() => expect(seen.answer).toContain('\r\n\r\n'))
  expect(seen.answer).not.toContain(SECRET)
  return seen.answer
}

test('user information in the target of a request is a 400, and the handler is not asked', async () => {
  const handler = vi.fn<WebHandler>(async () => new Response())
  const port = await listen(createServer(toNodeHandler(handler) as RequestListener))
  for (const target of TARGETS) {
    expect(await answerTo(port, `GET ${target}/websocket/tickets/status HTTP/1.1\r\nHost: x`)).toMatch(
      /^HTTP\/1.1 400 /,
    )
  }
  expect(handler).not.toHaveBeenCalled()
})

test('in Express such a request is refused where the path is the handler’s, and else goes on', async () => {
  const handler: WebHandler = Object.assign(async () => new Response(), { matches: (path: string) => path === '/ours' })
  const handle = toNodeHandler(handler)
  const port = await listen(
    createServer((request, response) => handle(request, response, () => void response.writeHead(204).end())),
  )
  for (const [path, status] of [
    ['/ours', 400],
    ['/theirs', 204],
  ] as const) {
    expect(await answerTo(port, `GET ${TARGETS[0]}${path} HTTP/1.1\r\nHost: x`)).toMatch(`HTTP/1.1 ${status} `)
  }
})

test('user information in the target of an upgrade is a 400, and the ticket stays', async () => {
  const { port, ticket, watch } = await serve()
  const upgrade = `HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nOrigin: ${ORIGIN}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==`
  for (const target of TARGETS) {
    const value = await ticket()
    watch.calls.length = 0
    expect(await answerTo(port, `GET ${target}/ws?ticket=${value} ${upgrade}`)).toMatch(/^HTTP\/1.1 400 /)
    expect(watch.calls).toEqual([])
    expect(await answerTo(port, `GET http://x/ws?ticket=${value} ${upgrade}`)).toMatch(/^HTTP\/1.1 101 /)
  }
})
