// Bugs of the socket that the simulation has to find by itself, whatever the unit tests say of them.

import type { Mutation } from './mutations.ts'

const tests = ['test/unit/socket', 'test/simulation']

export const SOCKET_MUTATIONS: readonly Mutation[] = [
  {
    name: 'a failure of long ago is remembered after a good connection',
    file: 'src/socket/lifecycle.ts',
    search: 'return { ...state, streak: 0, settleAt: null, accepted: true }',
    replace: 'return { ...state, settleAt: null, accepted: true }',
    tests,
  },
  {
    name: 'a session that ends is told as a loss of the network',
    file: 'src/socket/lifecycle.ts',
    search: "phase: 'suspended', cause: lost('signed_out') }",
    replace: "phase: 'suspended', cause: lost('connection_lost') }",
    tests,
  },
  {
    name: 'a session is never renewed in band',
    file: 'src/socket/lifecycle.ts',
    search: "if (renewal.kind === 'later' && env.now >= renewal.at) {",
    replace: "if (renewal.kind === 'later' && env.now < 0) {",
    tests,
  },
  {
    name: 'a server that goes away is not left',
    file: 'src/socket/lifecycle.ts',
    search: 'leaveAt: env.now + event.withinMs * env.chance }',
    replace: 'leaveAt: null }',
    tests,
  },
  {
    name: 'a wait that the server asked for is forgotten by who connects again',
    file: 'src/socket/lifecycle.ts',
    search: 'const from = Math.max(earliest, state.notBefore)',
    replace: 'const from = earliest',
    tests,
  },
  {
    name: 'a timer is left behind',
    file: 'src/socket/driver.ts',
    search: '      running.delete(key)\n      stop()\n',
    replace: "      running.delete(key)\n      if (!key.startsWith('timer')) stop()\n",
    tests,
  },
  {
    name: 'a request for a credential goes on when nobody needs it',
    file: 'src/socket/resources.ts',
    search:
      "dispatch({ type: 'denied', id, error: typed(error) })\n      },\n    )\n    return () => controller.abort()",
    replace: "dispatch({ type: 'denied', id, error: typed(error) })\n      },\n    )\n    return () => {}",
    tests,
  },
  {
    name: 'a link is not asked as the tab comes back',
    file: 'src/socket/resources.ts',
    search: '    heartbeat?.probe()\n',
    replace: '',
    tests,
  },
  {
    name: 'what waits is sent before the server has accepted the credential',
    file: 'src/socket/outgoing.ts',
    search: 'if (!isOpen || blockedMs() > 0',
    replace: 'if (blockedMs() > 0',
    tests,
  },
  {
    name: 'what was given up is told to nobody',
    file: 'src/socket/outbox.ts',
    search: 'for (const item of items) onDropped(item, reason)',
    replace: 'void reason',
    tests,
  },
  {
    name: 'a renewal that the server cannot check counts as a refused ticket',
    file: 'src/socket/renewal.ts',
    search: "code === 'unavailable'",
    replace: "code === 'unauthorized'",
    tests,
  },
  {
    name: 'a ticket that a renewal has sent is put back',
    file: 'src/socket/renewal.ts',
    search: '      grant = granted\n',
    replace: "      grant = granted\n      granted.report({ kind: 'unused' })\n",
    tests,
  },
  {
    name: 'a revoked session is dialled again',
    file: 'src/contract/close-codes.ts',
    search: "  4410: stop('revoked'),",
    replace: "  4410: reconnect('backoff', 'revoked'),",
    tests,
  },
  {
    name: 'a session that ends leaves its socket to the next event',
    file: 'src/socket/ticket-socket.ts',
    search: "    cut('signed_out')\n",
    replace: "    incoming.deafen()\n    giveUp('signed_out')\n",
    tests,
  },
  {
    name: 'close() within a listener waits for its turn',
    file: 'src/socket/ticket-socket.ts',
    search: "      cut('closed')\n      driver.dispatch({ type: 'close' })",
    replace: "      driver.dispatch({ type: 'close' })",
    tests,
  },
  {
    name: 'a dead link is asked, and never given up',
    file: 'src/socket/heartbeat.ts',
    search: '(answered ? listen() : onSilent())',
    replace: 'listen()',
    tests,
  },
]
