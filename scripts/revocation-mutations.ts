// Bugs in what a sign-out of all sessions ends, and in what Redis is asked.

import type { Mutation } from './mutations.ts'

const MANAGER = ['test/unit/server/ticket-manager.test.ts']
const SESSIONS = ['test/unit/server/sessions.test.ts']
const IDENTITY = ['test/unit/auth/identity.test.ts']
const REDIS = ['--project', 'redis', 'test/redis/as-people-run-it.test.ts']

export const REVOCATION_MUTATIONS: readonly Mutation[] = [
  {
    name: 'a JWT of the very second of the mark is taken',
    file: 'src/server/revocation.ts',
    search: 'issuedAtMs > revocation.tokensUntilMs',
    replace: 'issuedAtMs >= revocation.tokensUntilMs - 999',
    tests: MANAGER,
  },
  {
    name: 'a JWT that does not say when it was issued outlives a revoke-all',
    file: 'src/server/revocation.ts',
    search: '!(issuedAtMs !== undefined && issuedAtMs > revocation.tokensUntilMs)',
    replace: 'issuedAtMs !== undefined && !(issuedAtMs > revocation.tokensUntilMs)',
    tests: MANAGER,
  },
  {
    name: 'the JWT that asks for a revoke-all is good after it, where its issuer’s clock is ahead',
    file: 'src/server/revocation.ts',
    search: 'issuedAtMs <= nowMs + MAX_AHEAD_MS ? issuedAtMs : 0',
    replace: 'issuedAtMs <= nowMs ? issuedAtMs : 0',
    tests: MANAGER,
  },
  {
    name: 'a revoke-all ends tickets that were stored after it',
    file: 'src/server/revocation.ts',
    search: '(afterRevocationMs ?? Number.NEGATIVE_INFINITY) < atMs',
    replace: '(afterRevocationMs ?? Number.NEGATIVE_INFINITY) <= atMs',
    tests: MANAGER,
  },
  {
    name: 'a revoke-all that was not recorded closes nothing',
    file: 'src/server/sessions.ts',
    search: 'marks === null || session.isRevokedBy(marks)',
    replace: 'marks !== null && session.isRevokedBy(marks)',
    tests: SESSIONS,
  },
  {
    name: 'a connection that was being decided about stays open',
    file: 'src/server/sessions.ts',
    search: 'recent !== null && isOver(accepted.afterRevocationMs, recent.atMs)',
    replace: 'false',
    tests: SESSIONS,
  },
  {
    name: 'every connection asks the store at the same moment',
    file: 'src/server/sessions.ts',
    search: 'randomFraction(randomBytes) * ',
    replace: '',
    tests: SESSIONS,
  },
  {
    name: 'a refused JWT is refreshed at once',
    file: 'src/auth/identity.ts',
    search: 'receivedAt + REFRESH_REFUSED_AFTER_MS - clock.now()',
    replace: 'receivedAt - clock.now()',
    tests: IDENTITY,
  },
  {
    name: 'a JWT whose end has passed waits as well',
    file: 'src/auth/identity.ts',
    search: '(jwt.claims?.expiresAt ?? Number.POSITIVE_INFINITY) > clock.wallNow()',
    replace: 'clock.wallNow() > 0',
    tests: IDENTITY,
  },
  {
    name: 'the marks are not asked before a ticket is stored',
    file: 'src/server/redis/scripts.ts',
    search: "return {'revoked', marks}",
    replace: "return {'stored', marks}",
    tests: ['--project', 'redis', 'test/redis/redis-ticket-store.test.ts'],
  },
  {
    name: 'a Redis without GETDEL consumes nothing',
    file: 'src/server/redis/refusals.ts',
    search: '/^ERR unknown command\\b/i',
    replace: '/^NEVER\\b/i',
    tests: REDIS,
  },
  {
    name: 'a script that Redis has forgotten is an outage',
    file: 'src/server/redis/refusals.ts',
    search: '/^NOSCRIPT\\b/',
    replace: '/^NEVER\\b/',
    tests: REDIS,
  },
]
