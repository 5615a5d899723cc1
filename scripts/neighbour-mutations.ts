// Bugs in what stands between this library and its neighbours: other middleware, other WebSocket libraries, other servers.

import type { Mutation } from './mutations.ts'

const NODE = ['test/unit/server/node']
const ORIGINS = ['test/unit/server/origins.test.ts', 'test/unit/server/origin-rules.test.ts']

export const NEIGHBOUR_MUTATIONS: readonly Mutation[] = [
  {
    name: 'a body that a middleware swallowed is an empty one',
    file: 'src/server/node/node-body.ts',
    search: 'throw new LostBodyError()\n  return { body, isParsed: true }',
    replace: 'return { body: null, isParsed: true }\n  return { body, isParsed: true }',
    tests: NODE,
  },
  {
    name: 'an empty object that a parser leaves for every body stands for a body that was read elsewhere',
    file: 'src/server/node/node-body.ts',
    search: "(body.length === 0 || body === '{}') &&",
    replace: 'body.length === 0 &&',
    tests: NODE,
  },
  {
    name: 'what a parser left counts although nobody read the body',
    file: 'src/server/node/node-body.ts',
    search: 'if (!Readable.isDisturbed(incoming)) {',
    replace: 'if (parsed === undefined && !Readable.isDisturbed(incoming)) {',
    tests: NODE,
  },
  {
    name: 'of a credential that was sent twice the first one counts',
    file: 'src/server/node/node-headers.ts',
    search: "current === values[0] ? values.join(', ') : current",
    replace: 'current',
    tests: NODE,
  },
  {
    name: 'a header that a middleware set is ignored where the client sent one',
    file: 'src/server/node/node-headers.ts',
    search: "current === values[0] ? values.join(', ') : current",
    replace: "values.length > 0 ? values.join(', ') : current",
    tests: NODE,
  },
  {
    name: 'an upgrade that nobody answers stays open',
    file: 'src/server/node/upgrade-router.ts',
    search: 'if (writtenTo(socket) === before && socket.writable)',
    replace: 'if (writtenTo(socket) !== before && socket.writable)',
    tests: NODE,
  },
  {
    name: 'a second attachment is somebody else to the first one',
    file: 'src/server/node/upgrade-router.ts',
    search: 'const router = routers.get(server) ?? createRouter(server, clock)',
    replace: 'const router = createRouter(server, clock)',
    tests: NODE,
  },
  {
    name: 'nobody listens to the errors of an upgrade that others may answer',
    file: 'src/server/node/upgrade-router.ts',
    search: "  socket.on('error', () => socket.destroy())\n",
    replace: '',
    tests: NODE,
  },
  {
    name: 'what another library answered is answered once more',
    file: 'src/server/node/ticket-socket-server.ts',
    search: 'if (writtenTo(socket) !== writtenBefore)',
    replace: 'if (writtenTo(socket) < writtenBefore)',
    tests: NODE,
  },
  {
    name: 'shutDown waits for what other libraries have upgraded',
    file: 'src/server/node/shut-down.ts',
    search: '      for (const socket of others) socket.destroy()\n',
    replace: '      if (others.length > 0) return\n',
    tests: NODE,
  },
  {
    name: 'shutDown moves the connections of one attachment only',
    file: 'src/server/node/shut-down.ts',
    search: '[...new Set([sockets, ...attachmentsOf(server)])]',
    replace: '[...new Set([sockets, ...attachmentsOf(server).slice(0, 0)])]',
    tests: NODE,
  },
  {
    name: 'two attachments serve one path',
    file: 'src/server/node/attach-ticket-socket.ts',
    search: '  router.checkFree(path)\n',
    replace: '',
    tests: NODE,
  },
  {
    name: 'a pattern lets several labels in',
    file: 'src/server/origins.ts',
    search: '[a-z0-9_-]{1,63}',
    replace: '[a-z0-9_.-]{1,63}',
    tests: ORIGINS,
  },
  {
    name: 'the dots of a pattern stand for any character',
    file: 'src/server/origins.ts',
    search: "text.replace(/[.+]/g, '\\\\$&')",
    replace: 'text',
    tests: ORIGINS,
  },
  {
    name: 'a pattern may stand for strangers',
    file: 'src/server/origins.ts',
    search: 'const shared = host === undefined ? undefined :',
    replace: 'const shared = host !== undefined ? undefined :',
    tests: ORIGINS,
  },
  {
    name: 'whatever a function returns allows',
    file: 'src/server/origins.ts',
    search: 'return verdict === true',
    replace: 'return Boolean(verdict)',
    tests: ORIGINS,
  },
  {
    name: 'a function is asked about null and what no browser sends',
    file: 'src/server/origins.ts',
    search: 'isOrigin(origin) && askPredicate(allowed, origin)',
    replace: 'askPredicate(allowed, origin)',
    tests: ORIGINS,
  },
  {
    name: 'a function without an argument counts as no list',
    file: 'src/server/upgrade.ts',
    search: 'Array.isArray(allowedOrigins) && allowedOrigins.length === 0',
    replace: 'allowedOrigins.length === 0',
    tests: ORIGINS,
  },
  {
    name: 'an instrumented page gets no ticket',
    file: 'src/server/cors.ts',
    search: ", 'sentry-trace']",
    replace: ']',
    tests: ['test/unit/server/http.test.ts'],
  },
]
