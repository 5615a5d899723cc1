// The part of WebDriver (https://www.w3.org/TR/webdriver2/) that the tests use.

import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'

/** A script that does not end holds up the session, and with it every test after this one. */
const SCRIPT_TIMEOUT_MS = 55_000
/** A test has its own limit, which says more. */
const PAGE_LOAD_MS = 600_000

export type WebDriverSession = (
  method: 'POST' | 'DELETE' | 'GET',
  path: string,
  body?: object,
  withinMs?: number,
) => Promise<unknown>

/** A port that is free now. WebDriver programs take one, and none of them says which. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

async function call(url: string, method: string, body?: object, withinMs?: number): Promise<unknown> {
  const response = await fetch(url, {
    method,
    ...(withinMs !== undefined && { signal: AbortSignal.timeout(withinMs) }),
    ...(body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  })
  const { value } = (await response.json()) as { value: unknown }
  if (!response.ok) throw new Error(`WebDriver refused ${method} ${url} (${response.status}): ${JSON.stringify(value)}`)
  return value
}

/** Opens a session, once the driver answers. */
export async function openSession(port: number, capabilities: object): Promise<WebDriverSession> {
  const driver = `http://127.0.0.1:${port}`
  while (!(await call(`${driver}/status`, 'GET').catch(() => null))) await wait(10)
  const { sessionId } = (await call(`${driver}/session`, 'POST', {
    capabilities: { alwaysMatch: { timeouts: { script: SCRIPT_TIMEOUT_MS, pageLoad: PAGE_LOAD_MS }, ...capabilities } },
  })) as { sessionId: string }
  return (method, path, body, withinMs) => call(`${driver}/session/${sessionId}${path}`, method, body, withinMs)
}

/** The body of an asynchronous script that runs `script` with one argument. */
export const asyncBody = (script: (argument: never) => unknown) => `
  const [argument, done] = arguments
  Promise.resolve(argument).then(${script}).then(
    (value) => done({ value }),
    (error) => done({ error: error + '\\n' + error?.stack }),
  )`
