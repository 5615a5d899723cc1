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

  test('connects in a frame', async () => {
    const { page, jwt } = await arrange(shared)
    const inFrame = async (jwt: string) => {
      const frame = document.createElement('iframe')
      const loaded = new Promise((resolve) => frame.addEventListener('load', resolve))
      frame.src = '/page'
      document.body.append(frame)
      await loaded
      return (frame.contentWindow as typeof globalThis & Window).kit.connect({ jwt })
    }
    expect(await page.run(inFrame, jwt)).toMatchObject({ method: 'ticket' })
  })

  test('two tabs of one user hold a connection each', async () => {
    const { page, openPage, server, jwt } = await arrange(shared)
    const other = await openPage()
    for (const tab of [page, other]) await tab.run((jwt) => kit.connect({ jwt }), jwt)
    expect(server.connections()).toHaveLength(2)
    expect(new Set(ticketsIn(server)).size).toBe(2)
  })
}
