import { expect, test } from 'vitest'
import type { Engine } from '../../setup/engines/engine.ts'
import { arrange, type Shared } from './arrange.ts'

/** Four bytes in UTF-8, two in UTF-16; one that joins others; one from right to left; the two ends of a line. */
const UNICODE = 'ü 𝄞 👩‍👩‍👧 שלום \u2028\u2029\u0000'

export function messages(_engine: Engine, shared: Shared): void {
  test('a text keeps its characters in both directions', async () => {
    const { page, server, jwt } = await arrange(shared)
    server.onConnection = (connection) => connection.onMessage((message) => connection.send(message))
    const send = async ({ jwt, text }: { jwt: string; text: string }) => {
      await kit.connect({ jwt })
      kit.app.socket.send({ type: 'echo', text })
      return kit.app.event('message')
    }
    expect(await page.run(send, { jwt, text: UNICODE })).toEqual({ type: 'echo', text: UNICODE })
  })

  test('a message of 1 MB arrives in both directions', async () => {
    const { page, server, jwt } = await arrange(shared)
    server.onConnection = (connection) =>
      connection.onMessage(({ text }) => connection.send({ type: 'back', length: String(text).length, text }))
    const send = async (jwt: string) => {
      await kit.connect({ jwt })
      kit.app.socket.send({ type: 'there', text: 'x'.repeat(1_000_000) })
      const { length, text } = await kit.app.event('message')
      return [length, String(text).length]
    }
    expect(await page.run(send, jwt)).toEqual([1_000_000, 1_000_000])
  })

  test('binary and text arrive in the order in which they were sent', async () => {
    const { page, server, jwt } = await arrange(shared)
    server.onConnection = (connection) => {
      for (let n = 0; n < 5; n++) {
        connection.sendBinary(Uint8Array.of(n))
        connection.send({ type: 'text', n })
      }
    }
    const order = async (jwt: string) => {
      await kit.connect({ jwt })
      await kit.app.event('message', 5)
      return kit.app.seen.filter(({ name }) => name !== 'open').map(({ payload }) => payload)
    }
    const sent = [0, 1, 2, 3, 4].flatMap((n) => [[n], { type: 'text', n }])
    expect(await page.run(order, jwt)).toEqual(sent)
  })
}
