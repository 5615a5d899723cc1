// Mistakes of an app's that nobody would be told of.

import type { Mutation } from './mutations.ts'

const tests = ['test/unit/platform', 'test/unit/public-options', 'test/unit/socket/connection-errors.test.ts']

export const OPTION_MUTATIONS: readonly Mutation[] = [
  {
    name: 'an unknown option name is ignored',
    file: 'src/platform/option-checks.ts',
    search: 'if (!names.includes(name) && given[name as never] !== undefined) throw',
    replace: 'if (!names.includes(name) && given[name as never] === undefined) throw',
    tests,
  },
  {
    name: 'an option that is undefined is refused',
    file: 'src/platform/option-checks.ts',
    search: 'if (!names.includes(name) && given[name as never] !== undefined) throw',
    replace: 'if (!names.includes(name)) throw',
    tests,
  },
  {
    name: 'a credential in place of the options is quoted',
    file: 'src/platform/option-checks.ts',
    search: "  throw typeof value === 'string'\n",
    replace: "  throw typeof value === 'symbol'\n",
    tests,
  },
  {
    name: 'the farthest name is suggested',
    file: 'src/platform/known-names.ts',
    search: 'far(a) - far(b)',
    replace: 'far(b) - far(a)',
    tests,
  },
  {
    name: 'a name is suggested, however far it is',
    file: 'src/platform/known-names.ts',
    search: '<= Math.max(2, name.length / 3)',
    replace: '<= Math.max(99, name.length / 3)',
    tests,
  },
  {
    name: 'a listener for an event that does not exist is taken',
    file: 'src/socket/ticket-socket.ts',
    search: "events.on(knownEvent('TicketSocket', SOCKET_EVENTS, name), ",
    replace: 'events.on(name, ',
    tests,
  },
  {
    name: 'the service has an event that is the sockets’ alone',
    file: 'src/auth/unified-auth-service.ts',
    search: "knownEvent('UnifiedAuthService', AUTH_EVENTS, name)",
    replace: 'name',
    tests,
  },
  {
    name: 'a controller passes for its signal',
    file: 'src/platform/option-checks.ts',
    search: "if (typeof value?.aborted === 'boolean') return value",
    replace: 'if (value) return value',
    tests,
  },
  {
    name: 'the parts of a server refuse each other’s options',
    file: 'src/server/shared-options.ts',
    search: '{ ...SHARED, ...table }',
    replace: '{ ...table }',
    tests,
  },
  {
    name: 'a secret beside a key set wins without a word',
    file: 'src/server/jwt-verifier.ts',
    search: 'if (options.secret !== undefined && options.jwks !== undefined) {',
    replace: 'if (options.secret === null && options.jwks !== undefined) {',
    tests,
  },
  {
    name: 'a kind of entry that does not exist counts 0',
    file: 'src/mock/journal.ts',
    search: "  knownEvent('the journal', KINDS, what)\n",
    replace: '',
    tests,
  },
  {
    name: 'giving up promises what the last error promised',
    file: 'src/socket/connection-errors.ts',
    search: 'const [fact] = redact(cause.message).split(/[.;](?:\\s|$)/)',
    replace: 'const fact = redact(cause.message)',
    tests,
  },
  {
    name: 'every render of a socket of its own is taken for the first',
    file: 'src/react/use-stable-props.ts',
    search: '? 0 : last.changes + 1',
    replace: '? 0 : 1',
    tests: ['test/react/stable-props.test.tsx'],
  },
  {
    name: 'a component that makes a socket in every render renders without end',
    file: 'src/platform/snapshot-store.ts',
    search: 'frozen(initial)',
    replace: 'frozen({ ...initial })',
    tests: ['test/react/stable-props.test.tsx'],
  },
  {
    name: 'developers are warned with every render',
    file: 'src/react/use-stable-props.ts',
    search: '  warned.add(name)\n',
    replace: '',
    tests: ['test/react/stable-props.test.tsx'],
  },
  {
    name: 'the options of a component that shares a socket are not looked at',
    file: 'src/react/use-ticket-socket.ts',
    search: 'options && !isOnServer && checkOptions(options)',
    replace: 'options',
    tests: ['test/react/use-ticket-socket.test.tsx'],
  },
]
