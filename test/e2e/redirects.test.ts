// What Chromium shows of a redirect of a ticket endpoint, by where the page stands and what the redirect allows.

import { once } from 'node:events'
import { createServer, type RequestListener, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser } from 'playwright'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { launchChromium } from '../setup/chromium.ts'
import { bundleOf } from './bundle-of.ts'

type ClientEntry = typeof import('../../src/index.ts')

let browser: Browser
let client: string
beforeAll(async () => {
  ;[browser, client] = await Promise.all([launchChromium(), bundleOf('client', 'src/index.ts')])
})
afterAll(() => browser?.close())

async function listen(answer: RequestListener) {
  const seen: string[] = []
  const server = createServer((request, response) => {
    if (request.url !== '/page') seen.push(`${request.method} ${request.headers.authorization ?? 'without a JWT'}`)
    answer(request, response)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  onTestFinished(() => void server.close())
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen }
}

const page: RequestListener = (_request, response) =>
  response.setHeader('content-type', 'text/html').end('<!doctype html><link rel=icon href=data:,>')

function allow(response: ServerResponse) {
  response.setHeader('access-control-allow-origin', '*')
  response.setHeader('access-control-allow-headers', '*, authorization')
}

/** The code with which a ticket request of a page ends, and what arrived where. */
async function ask(answer: (response: ServerResponse, method: string | undefined) => void, from: 'same' | 'another') {
  const elsewhere = await listen((_request, response) => {
    allow(response)
    response.end('{}')
  })
  const api = await listen((request, response) => {
    if (request.url === '/page') return page(request, response)
    response.setHeader('location', `${elsewhere.origin}/login`)
    answer(response, request.method)
  })
  const app = from === 'same' ? api : await listen(page)
  const tab = await browser.newPage()
  onTestFinished(() => tab.close())
  await tab.goto(`${app.origin}/page`)
  await tab.addScriptTag({ content: client })
  const code = await tab.evaluate(async (httpUrl) => {
    const { UnifiedAuthService } = (globalThis as never as { client: ClientEntry }).client
    const auth = new UnifiedAuthService({
      httpUrl,
      getToken: () => 'jwt-of-alice',
      ticketAuth: true,
      retry: { baseDelayMs: 10, maxDelayMs: 20 },
    })
    const result = await auth.requestWebSocketTicket()
    return result.success ? 'a ticket' : result.error.code
  }, api.origin)
  return { code, elsewhere: elsewhere.seen, posts: api.seen.filter((line) => line.startsWith('POST')) }
}

const ONE_POST = ['POST Bearer jwt-of-alice']

test('PR-27: on the page’s own origin a redirect is told as one, after one request', async () => {
  const asked = await ask((response) => response.writeHead(307).end('moved'), 'same')
  expect(asked).toEqual({ code: 'redirected', elsewhere: [], posts: ONE_POST })
})

test('PR-27: across origins, too, where the redirect has CORS headers', async () => {
  const asked = await ask((response, method) => {
    allow(response)
    response.writeHead(method === 'OPTIONS' ? 204 : 302).end()
  }, 'another')
  expect(asked).toEqual({ code: 'redirected', elsewhere: [], posts: ONE_POST })
})

test('without CORS headers a browser does not tell it from a lost network', async () => {
  const asked = await ask((response, method) => {
    if (method === 'OPTIONS') allow(response)
    response.writeHead(method === 'OPTIONS' ? 204 : 302).end()
  }, 'another')
  expect(asked).toMatchObject({ code: 'network', elsewhere: [] })
})

test('nor a redirect of the preflight request, after which nothing is posted', async () => {
  const asked = await ask((response) => {
    allow(response)
    response.writeHead(307).end()
  }, 'another')
  expect(asked).toEqual({ code: 'network', elsewhere: [], posts: [] })
})
