// Which of the offered subprotocols is selected: PROTOCOL.md, PR-49 to PR-52.

import { SUBPROTOCOL } from '../../../contract/wire.ts'
import { check, equal, SkippedRule } from '../outcome.ts'
import { base64url, type Probe } from '../probe.ts'
import { rule } from '../rule.ts'

const jwtEntry = async (probe: Probe) => `jwt.${base64url(await probe.token())}`

export const subprotocol = [
  ...rule('PR-49', [
    'offering what the ticket’s answer announced, or nothing, opens a connection',
    async (probe) => equal('the connection', await probe.tryTicket(await probe.issue()), 'open'),
  ]),
  ...rule(
    'PR-51',
    [
      'ticket-socket.v1 is selected where it is offered, also behind another one',
      async (probe) => {
        const ticket = await probe.issue()
        if (ticket.subprotocol !== SUBPROTOCOL) throw new SkippedRule(`the backend does not announce ${SUBPROTOCOL}`)
        const dialled = await probe.dialWith(ticket, { protocols: ['chat', SUBPROTOCOL] })
        await dialled.opened()
        equal('the selected protocol', dialled.protocol, SUBPROTOCOL)
      },
    ],
    [
      'else the first that holds no credential',
      async (probe) => {
        const dialled = await probe.dial({}, { protocols: ['chat', await jwtEntry(probe)] })
        await dialled.opened()
        equal('the selected protocol', dialled.protocol, 'chat')
      },
    ],
    [
      'a credential is never echoed, in any position',
      async (probe) => {
        const entry = await jwtEntry(probe)
        for (const protocols of [[entry], [entry, 'chat'], [entry, SUBPROTOCOL]]) {
          const dialled = await probe.dial({}, { protocols })
          // Alone it leaves nothing to select, and some clients fail the connection for it.
          await Promise.race([dialled.opened().catch(() => {}), dialled.ended().catch(() => {})])
          check(dialled.protocol !== entry, 'the entry with the JWT was selected')
        }
      },
    ],
  ),
  ...rule('PR-52', [
    'without ticket-socket.v1 the server sends no frame of the protocol',
    async (probe) => {
      const dialled = await probe.dialWith(await probe.issue(), { protocols: [] })
      equal('the connection', await dialled.outcome(), 'open')
      dialled.send({ type: 'ts:ping', timestamp: 1 })
      await probe.wait(SPEAKS_WITHIN_MS)
      const spoken = dialled.messages.map(({ type }) => type)
      for (const type of ['ts:connection_established', 'ts:pong', 'ts:error'])
        check(!spoken.includes(type), `it said ${type}`)
    },
  ]),
]

const SPEAKS_WITHIN_MS = 150
