import { expect, test } from 'vitest'
import type { Engine } from '../../setup/engines/engine.ts'
import { arrange, type Shared, ticketsIn } from './arrange.ts'

export function places(_engine: Engine, shared: Shared): void {
  test('connects in a dedicated worker', async () => {
    const { page, jwt } = await arrange(shared)
    const ask = (jwt: string) =>
      new Promise<string>((resolve) => {
        const worker = new Worker('/worker.js')
        worker.onmessage = ({ data }) => resolve(data)
        worker.postMessage(jwt)
      })
    expect(await page.run(ask, jwt)).toBe('ticket')
  })

  test('connects in a shared worker', async () => {
    const { page, jwt } = await arrange(shared)
    const ask = (jwt: string) =>
      new Promise<string>((resolve) => {
        const { port } = new SharedWorker('/shared-worker.js')
        port.onmessage = ({ data }) => resolve(data)
        port.postMessage(jwt)
      })
    expect(await page.run(ask, jwt)).toBe('ticket')
  })

  /** What a frame answers that is sent the JWT. */
  const inFrame = ({ jwt, url, sandbox }: { jwt: string; url: string; sandbox?: string }) =>
    new Promise<string>((resolve) => {
      const frame = document.createElement('iframe')
      if (sandbox) frame.sandbox.value = sandbox
      frame.src = url
      frame.addEventListener('load', () => frame.contentWindow?.postMessage(jwt, '*'))
      addEventListener('message', ({ data }) => resolve(data))
      document.body.append(frame)
    })

  test('connects in a frame', async () => {
    const { page, jwt } = await arrange(shared)
    expect(await page.run(inFrame, { jwt, url: '/frame' })).toBe('ticket')
  })

  test('connects in a frame of another site, to the server that the frame comes from', async () => {
    const { page, jwt, url } = await arrange(shared)
    const frame = url.replace('127.0.0.1', 'localhost').replace('/page', '/frame')
    expect(await page.run(inFrame, { jwt, url: frame })).toBe('ticket')
  })

  test('is refused in a sandboxed frame without an origin, with the reason', async () => {
    const { page, jwt } = await arrange(shared)
    const answer = await page.run(inFrame, { jwt, url: '/frame', sandbox: 'allow-scripts' })
    expect(answer).toContain('The server refused this origin or user (4403).')
  })

  test('two tabs of one user hold a connection each', async () => {
    const { page, openPage, server, jwt } = await arrange(shared)
    const other = await openPage()
    for (const tab of [page, other]) await tab.run((jwt) => kit.connect({ jwt }), jwt)
    expect(server.connections()).toHaveLength(2)
    expect(new Set(ticketsIn(server)).size).toBe(2)
  })
}
