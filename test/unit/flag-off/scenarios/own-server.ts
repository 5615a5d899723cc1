import { createRequests } from '../../../../src/index.ts'
import { sendFrame } from '../../../../src/server/session.ts'
import type { FlagOffScenario } from '../scenario.ts'
import { show } from '../show.ts'

export const ownServer: FlagOffScenario = {
  name: 'own-server',
  title: "A connection on the library's own server, where ticket-socket.v1 is negotiated",
  acts: [
    {
      title: 'Before anything happens, and connecting',
      async play({ auth, socket, pass, note }) {
        note(`socket ${show(socket.store.getState())}`)
        note(`auth ${show(auth.store.getState())}`)
        socket.connect()
        await pass(1_000)
        socket.connect()
        await pass(10_000)
        socket.close()
        socket.close()
        await pass(1_000)
      },
    },
    {
      title: 'Messages both ways',
      async play({ socket, pass, tell, connection }) {
        socket.connect()
        await pass(1_000)
        socket.send({ type: 'chat', text: 'Grüße' })
        socket.send(new Uint8Array([1, 2, 3]).buffer)
        await pass(100)
        tell({ type: 'agent_completed', result: { answer: 42 } })
        connection().sendBinary(new Uint8Array([4, 5]))
        await pass(100)
        socket.send({ type: 'no JSON', count: 1n })
        await pass(100)
      },
    },
    {
      title: 'A request and its answer, one without an answer, and one that the connection ends',
      async play({ backend, clock, recorder, socket, pass }) {
        backend.onMessage('ask', ({ id }, connection) => connection.send({ type: 'answer', reply_to: id, text: '42' }))
        const requests = recorder.calls('requests', createRequests(socket, { clock }))
        const ask = (type: string) => void requests.request({ type }, { timeoutMs: 5_000 }).catch(() => {})
        ask('ask')
        socket.connect()
        await pass(1_000)
        ask('unheard')
        await pass(6_000)
        ask('unheard')
        socket.close()
        await pass(1_000)
      },
    },
    {
      title: "Types that the protocol's own frames have, used by the app",
      async play({ backend, socket, pass, tell, recorder }) {
        for (const type of ['ping', 'error', 'ack']) {
          backend.onMessage(type, (message) => recorder.write('server hears', show(message)))
        }
        socket.connect()
        await pass(1_000)
        socket.send({ type: 'ping' })
        socket.send({ type: 'error', errorText: 'The model is overloaded' })
        socket.send({ type: 'ack', id: 7 })
        await pass(100)
        tell({ type: 'ping' })
        tell({ type: 'error', errorText: 'The model is overloaded' })
        tell({ type: 'ack', id: 7 })
        await pass(100)
      },
    },
    {
      title: 'Frames that are no messages',
      on: { socket: { maxMessageLength: 200 } },
      async play({ socket, pass, tell, connection }) {
        socket.connect()
        await pass(1_000)
        tell({ jsonrpc: '2.0', id: 1, result: null })
        tell([{ type: 'in a list' }])
        tell({ type: 'long', text: 'x'.repeat(300) })
        sendFrame(connection(), 'no JSON')
        await pass(100)
      },
    },
    {
      title: 'A server that has not said that it accepted the credential',
      on: { socket: { openTimeoutMs: 3_000 } },
      async play({ backend, socket, pass }) {
        backend.silence(true)
        socket.connect()
        await pass(4_000)
        backend.silence(false)
        await pass(4_000)
      },
    },
    {
      title: 'The heartbeat in silence, and a connection that died without a word',
      async play({ backend, socket, pass }) {
        socket.connect()
        await pass(60_000)
        backend.silence(true)
        await pass(40_000)
        backend.silence(false)
        await pass(15_000)
      },
    },
    {
      title: 'The flag given as false, and as a function that answers false later',
      on: { auth: { ticketAuth: async () => false } },
      async play({ auth, socket, pass }) {
        await auth.initialize()
        socket.connect()
        await pass(40_000)
      },
    },
  ],
}
