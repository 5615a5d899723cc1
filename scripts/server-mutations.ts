// Bugs about what a server does not take more of, and about whom it counts.

import type { Mutation } from './mutations.ts'

const UNFINISHED = ['test/unit/server/node/unfinished-messages.test.ts']

export const SERVER_MUTATIONS: readonly Mutation[] = [
  {
    name: "another user's JWT renews a session",
    file: 'src/server/control-frames.ts',
    search: "if (renewed.userId !== identity()?.userId) return refusedCredential('jwt_invalid', 'JWT')",
    replace: '',
    tests: ['test/unit/server/sessions.test.ts'],
  },
  {
    name: 'a JWT renews a session that a ticket has opened',
    file: 'src/server/session.ts',
    search: "const checkToken = accepted.method === 'jwt' ? deps.checkToken : null",
    replace: 'const checkToken = deps.checkToken',
    tests: ['test/unit/server/sessions.test.ts'],
  },
  {
    name: 'what a user has unfinished is not added up over connections',
    file: 'src/server/node/unfinished-messages.ts',
    search: 'const owner = known ?? socket',
    replace: 'const owner = socket',
    tests: UNFINISHED,
  },
  {
    name: 'what a closed connection had unfinished counts for ever',
    file: 'src/server/node/unfinished-messages.ts',
    search: '        stopWatching()\n        count(0)',
    replace: '        stopWatching()',
    tests: UNFINISHED,
  },
  {
    name: 'a stream of messages without a gap counts as one that takes too long',
    file: 'src/server/node/unfinished-messages.ts',
    search: '!wasUnfinished || frames.ended !== ended',
    replace: '!wasUnfinished',
    tests: UNFINISHED,
  },
  {
    name: 'a ping between fragments begins the time of a message again',
    file: 'src/server/node/frame-reader.ts',
    search: 'if (isControl()) ended += isFragmented ? 0 : 1',
    replace: 'if (isControl()) ended++',
    tests: UNFINISHED,
  },
  {
    name: 'a limit of more than 32 bits is none',
    file: 'src/server/node/ticket-socket-server.ts',
    search: 'numberIn({ min: 125, max: MOST_PAYLOAD, integer: true })',
    replace: 'numberIn({ min: 125, integer: true })',
    tests: ['test/unit/server/node/attach-ticket-socket.test.ts'],
  },
  {
    name: 'a target with user information is served',
    file: 'src/server/node/node-request.ts',
    search: '[^/?#@\\\\]*(?:[/?#]|$)',
    replace: '',
    tests: ['test/unit/server/node/request-targets.test.ts'],
  },
  {
    name: 'a URL with user information is served, where a runtime hands it over',
    file: 'src/server/request-path.ts',
    search: "username === '' && password === ''",
    replace: "username === ''",
    tests: ['test/unit/server/http.test.ts', 'test/unit/server/operations'],
  },
  {
    name: 'without a forwarded header no limit applies',
    file: 'src/server/client-address.ts',
    search: 'return peerOf(request)',
    replace: 'return undefined',
    tests: ['test/unit/server/node/limits.test.ts', 'test/unit/server/node/to-node-handler.test.ts'],
  },
  {
    name: 'another port is another address',
    file: 'src/server/address-block.ts',
    search: '/^([\\d.]+):\\d{1,5}$/.exec(bare)',
    replace: '/^([\\d.]+)$/.exec(bare)',
    tests: ['test/unit/server/address-block.test.ts'],
  },
  {
    name: 'a /48 upgrades without end, from another /64 each time',
    file: 'src/server/address-limiter.ts',
    search: 'waitMs === 0 && site !== null',
    replace: 'waitMs > 0 && site !== null',
    tests: ['test/unit/server/upgrade.test.ts'],
  },
  {
    name: 'a dead peer of a plain connection is pinged for ever',
    file: 'src/server/session.ts',
    search: 'if (spoken || transport.ping) unansweredPings++',
    replace: 'if (spoken) unansweredPings++',
    tests: ['test/unit/server/sessions.test.ts'],
  },
  {
    name: 'pongs of the WebSocket protocol are not heard',
    file: 'src/server/node/ws-transport.ts',
    search: "      webSocket.on('pong', handle.alive)\n",
    replace: '',
    tests: ['test/unit/server/node/liveness.test.ts'],
  },
  {
    name: 'a client in a loop has the store asked with each of its frames',
    file: 'src/server/session.ts',
    search: 'refreshes.take(id) === 0',
    replace: 'refreshes.take(id) >= 0',
    tests: ['test/unit/server/sessions.test.ts'],
  },
  {
    name: 'a deadline that comes late does not read the answer',
    file: 'src/server/deadline.ts',
    search: 'clock.now() - dueMs < LATE_MS',
    replace: 'clock.now() - dueMs >= 0',
    tests: ['test/unit/server/deadline.test.ts'],
  },
  {
    name: 'the delay of the event loop is added up over sockets',
    file: 'src/server/operations/loads.ts',
    search: "INSTRUMENTS[name].kind === 'peak'",
    replace: 'false',
    tests: ['test/unit/server/operations'],
  },
]
