// Bugs in what stands between this library and its neighbours: other middleware, other WebSocket libraries, other servers.

import type { Mutation } from './mutations.ts'

const NODE = ['test/unit/server/node']

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
]
