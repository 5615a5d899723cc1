// What would let a JWT in that says something else than its issuer meant, and what would leave the people who run a server
// in the dark.

import type { Mutation } from './mutations.ts'

const JWT = [
  'test/unit/server/jwt-identity.test.ts',
  'test/unit/server/jwt-refusal.test.ts',
  'test/unit/server/jwt-verifier.test.ts',
]

const METRICS = ['test/unit/server/operations/server-metrics.test.ts', 'test/unit/server/node/load.test.ts']
const LOG = ['test/unit/server/operations/event-log.test.ts']

export const OPERATIONS_MUTATIONS: readonly Mutation[] = [
  {
    name: 'an identity of the app’s own is taken as it is',
    file: 'src/server/jwt-identity.ts',
    search: "if (!isIdentity(outcome)) return refused('returned something else')",
    replace: '',
    tests: JWT,
  },
  {
    name: 'an identity that is a promise ends the process when it is rejected',
    file: 'src/server/jwt-identity.ts',
    search: 'outcome.catch(() => {})',
    replace: '',
    tests: JWT,
  },
  {
    name: 'an identity of the app’s own says when its JWT ends',
    file: 'src/server/jwt-identity.ts',
    search: 'userId,\n        ...(email',
    replace: '...outcome,\n        ...(email',
    tests: JWT,
  },
  {
    name: 'a JWT within the tolerance ends before it is used',
    file: 'src/server/jwt-verifier.ts',
    search: '(exp + clockTolerance) * 1_000',
    replace: 'exp * 1_000',
    tests: JWT,
  },
  {
    name: 'the required type of a token is not looked at',
    file: 'src/server/jwt-verifier.ts',
    search: '...(typ !== undefined && { typ }),',
    replace: '',
    tests: JWT,
  },
  {
    name: 'keys come by http: from anywhere',
    file: 'src/server/jwt-keys.ts',
    search: '(isLocal || allowInsecure)',
    replace: '(isLocal || !allowInsecure)',
    tests: JWT,
  },
  {
    name: 'a client learns which check a JWT failed',
    file: 'src/server/token-check.ts',
    search: "saysExpired(jwt, clock.wallNow()) ? 'jwt_expired' : 'jwt_invalid'",
    replace: "refusal.reason === 'expired' ? 'jwt_expired' : 'jwt_invalid'",
    tests: JWT,
  },
  {
    name: 'a reason outside the closed set becomes a label',
    file: 'src/server/jwt-refusal.ts',
    search: "JWT_REFUSAL_REASONS.find((known) => known === told?.reason) ?? 'unspecified'",
    replace: "told?.reason ?? 'unspecified'",
    tests: JWT,
  },
  {
    name: 'the key id of a JWT is logged whole',
    file: 'src/server/jwt-refusal.ts',
    search: 'kid.length > LONGEST_WHOLE_KID ?',
    replace: 'kid.length < 0 ?',
    tests: JWT,
  },
  {
    name: 'onError of an upgrade loses its cause',
    file: 'src/server/safe-error.ts',
    search: 'isTicketSocketError(error) ? error : redactedCause(error)',
    replace: 'redactedCause(error)',
    tests: ['test/unit/server/upgrade.test.ts'],
  },
  {
    name: 'an origin or an address is logged with the credential in it',
    file: 'src/server/operations/event-line.ts',
    search: "FOREIGN.has(name) && typeof value === 'string' ? redact(value) : value",
    replace: 'value',
    tests: LOG,
  },
  {
    name: 'a line separator of a request ends a line of the log',
    file: 'src/server/operations/event-line.ts',
    search: '/[^\\x20-\\x7e]/g',
    replace: '/[^\\x00-\\uffff]/g',
    tests: LOG,
  },
  {
    name: 'a flood of one kind silences another in the log',
    file: 'src/server/operations/event-log.ts',
    search: 'limiter.take(noise)',
    replace: "limiter.take('noise')",
    tests: LOG,
  },
  {
    name: 'nobody learns how many lines were left out',
    file: 'src/server/operations/event-log.ts',
    search: 'isLeftOut ? count + 1 : 0',
    replace: '0',
    tests: LOG,
  },
  {
    name: 'refused permissions are sampled like a foreign page',
    file: 'src/server/operations/event-noise.ts',
    search: 'if (event.refusedOrigin !== null)',
    replace: 'if (event.status === 403)',
    tests: LOG,
  },
  {
    name: 'a series appears with its first event only',
    file: 'src/server/operations/server-metrics.ts',
    search: 'for (const labels of labelSetsOf(INSTRUMENTS[name])) seriesOf(name, labels)',
    replace: 'if (labelSetsOf(INSTRUMENTS[name]).length === 1) seriesOf(name, {})',
    tests: METRICS,
  },
  {
    name: 'each close code of a client makes a series',
    file: 'src/server/operations/measurements.ts',
    search: 'if (KNOWN_CODES.has(code)) return String(code)',
    replace: 'if (code > 0) return String(code)',
    tests: METRICS,
  },
  {
    name: 'of several sockets one is read',
    file: 'src/server/operations/loads.ts',
    search: 'sum + READINGS[name](load)',
    replace: 'READINGS[name](load)',
    tests: METRICS,
  },
  {
    name: 'an upgrade that was decided stays pending',
    file: 'src/server/admission.ts',
    search: '.finally(() => pending--)',
    replace: '',
    tests: METRICS,
  },
]
