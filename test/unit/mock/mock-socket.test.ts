import { WebSocket as MockSocket, Server } from 'mock-socket'
import { expect, onTestFinished, test, vi } from 'vitest'
import { createMockBackend, type MockBackendOptions, scenarios } from '../../../src/mock/index.ts'
import { base64url, JWT, type Opened, PLAIN_AND_OURS, record } from './wire.ts'

// mock-socket's time is real: four milliseconds for everything.
function arrange(options: MockBackendOptions = {}) {
  const backend = createMockBackend({ users: { alice: { token: JWT } }, ...options })
  const detach = backend.attachMockSocket(Server)
  onTestFinished(() => {
    detach()
    backend.dispose()
  })
  const open = (query: string, protocols?: string[]): Opened =>
    record(new MockSocket(`wss://mock.test/ws${query}`, protocols) as unknown as WebSocket)
  const openByJwt = () => open('', [...PLAIN_AND_OURS, `jwt.${base64url(JWT)}`])
  const buy = async () => {
    const headers = { authorization: `Bearer ${JWT}` }
    return (await backend.fetch('https://mock.test/websocket/ticket', { method: 'POST', headers })).json()
  }
  return { backend, detach, open, openByJwt, buy }
}

const until = ({ events }: Opened, last: string) => vi.waitUntil(() => events.at(-1)?.startsWith(last))

test('a ticket opens mock-socket’s WebSocket once, with the protocol that the server selects', async () => {
  const { backend, buy, open } = arrange()
  const { ticket_id } = await buy()
  const first = open(`?ticket=${ticket_id}`, ['ticket-socket.v1'])
  await until(first, 'message')
  expect(first.socket.protocol).toBe('ticket-socket.v1')
  expect(first.messages).toMatchObject([{ type: 'ts:connection_established', user_id: 'alice' }])
  const second = open(`?ticket=${ticket_id}`, ['ticket-socket.v1'])
  await until(second, 'close')
  expect(second.events).toEqual(['open@1', 'close@3 4401 ticket_invalid clean'])
  expect(backend.connections()).toHaveLength(1)
})

test('of several protocols the server’s choice counts, not the first, and no credential is echoed', async () => {
  const { openByJwt } = arrange()
  const opened = openByJwt()
  await until(opened, 'message')
  expect(opened.socket.protocol).toBe('ticket-socket.v1')
})

test('two that connect at once are told apart', async () => {
  const { backend, buy, open } = arrange({ users: { alice: { token: JWT }, bob: { token: 'jwt-of-bob' } } })
  const byTicket = open(`?ticket=${(await buy()).ticket_id}`, ['ticket-socket.v1'])
  const byJwt = open('', [...PLAIN_AND_OURS, `jwt.${base64url('jwt-of-bob')}`])
  await Promise.all([until(byTicket, 'message'), until(byJwt, 'message')])
  expect(byTicket.messages).toMatchObject([{ user_id: 'alice', auth_method: 'ticket' }])
  expect(byJwt.messages).toMatchObject([{ user_id: 'bob', auth_method: 'jwt' }])
  expect(backend.connections()).toHaveLength(2)
})

test('a refused upgrade is error and 1006 unclean, and never open', async () => {
  const { backend, openByJwt } = arrange()
  backend.use(scenarios.upgradeRefused)
  const refused = openByJwt()
  await until(refused, 'close')
  expect(refused.events).toEqual(['error@3', 'close@3 1006  unclean'])
})

test('what mock-socket’s constructor lets pass fails like a connection', async () => {
  const { open } = arrange()
  const wrong = open('', ['not a token'])
  await until(wrong, 'close')
  expect(wrong.events).toEqual(['error@3', 'close@3 1006  unclean'])
})

test('a connection that breaks is 1006 unclean', async () => {
  const { backend, openByJwt } = arrange()
  const opened = openByJwt()
  await until(opened, 'message')
  backend.dropConnections()
  await until(opened, 'close')
  expect(opened.events.slice(2)).toEqual(['close@3 1006  unclean'])
})

test('binary crosses both ways as bytes, as binaryType asks', async () => {
  const { backend, open } = arrange({ upgrade: { allowAnonymous: true } })
  const { socket } = open('')
  socket.binaryType = 'arraybuffer'
  const received: ArrayBuffer[] = []
  socket.onmessage = ({ data }) => received.push(data)
  const connection = await backend.connected()
  connection.onBinary((bytes) => connection.sendBinary(bytes))
  await vi.waitUntil(() => socket.readyState === 1)
  socket.send(new Uint8Array([1, 2]))
  expect(socket.bufferedAmount).toBe(2)
  await vi.waitUntil(() => received.length === 1)
  expect([...new Uint8Array(received[0] as ArrayBuffer)]).toEqual([1, 2])
})

test('events belong to the socket that the app holds', async () => {
  const { openByJwt } = arrange()
  const { socket } = openByJwt()
  const opened = await new Promise<Event>((resolve) => socket.addEventListener('open', resolve))
  expect(opened.target).toBe(socket)
})

test('the client’s close goes through the closing handshake, and mock-socket forgets the socket', async () => {
  const { backend, openByJwt } = arrange()
  const opened = openByJwt()
  await until(opened, 'message')
  const closed = new Promise((resolve) => backend.connections()[0]?.onClose((...args) => resolve(args)))
  opened.socket.close(3001, 'bye')
  expect(opened.socket.readyState).toBe(2)
  expect(await closed).toEqual([3001, 'bye'])
  await until(opened, 'close')
  expect(opened.events.at(-1)).toBe('close@3 3001 bye clean')
})

test('with mock: true it takes the place of the global WebSocket until it is taken off', () => {
  const { detach, backend } = arrange()
  detach()
  const original = globalThis.WebSocket
  const undo = backend.attachMockSocket(Server, { mock: true })
  expect(globalThis.WebSocket).toBe(MockSocket)
  undo()
  expect(globalThis.WebSocket).toBe(original)
})

test('of two with mock: true, taken off in the order of their coming, no mock stays', () => {
  const { detach, backend } = arrange()
  detach()
  const original = globalThis.WebSocket
  const other = createMockBackend({ wsUrl: 'wss://other.test/ws' })
  const undos = [backend, other].map((each) => each.attachMockSocket(Server, { mock: true }))
  for (const undo of undos) {
    expect(globalThis.WebSocket).toBe(MockSocket)
    undo()
  }
  expect(globalThis.WebSocket).toBe(original)
})

test('after it is taken off another server may listen there', () => {
  const { backend, detach } = arrange()
  detach()
  const again = backend.attachMockSocket(Server)
  expect(() => backend.attachMockSocket(Server)).toThrow('already listening')
  again()
})

// What cannot be corrected, as listed in docs/mock.md: when one of these fails, mock-socket has learned it.
test('a listener as an object is ignored, and `once` too', async () => {
  const { backend, openByJwt } = arrange()
  const { socket } = openByJwt()
  let byObject = 0
  let byOnce = 0
  socket.addEventListener('message', { handleEvent: () => byObject++ })
  socket.addEventListener('message', () => byOnce++, { once: true })
  await backend.connected()
  backend.broadcast({ type: 'second' })
  await vi.waitUntil(() => byOnce === 2)
  expect(byObject).toBe(0)
})

test('an address that no server has is told as a clean 1000', async () => {
  arrange()
  const nowhere = record(new MockSocket('wss://elsewhere.test/ws') as unknown as WebSocket)
  await until(nowhere, 'close')
  expect(nowhere.events).toEqual(['error@3', 'close@3 1000  clean'])
})
