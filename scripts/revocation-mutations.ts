// Bugs in what a sign-out of all sessions ends, and in what Redis is asked.

import type { Mutation } from './mutations.ts'

const MANAGER = ['test/unit/server/ticket-manager.test.ts']
const SESSIONS = ['test/unit/server/sessions.test.ts']
const IDENTITY = ['test/unit/auth/identity.test.ts']
const LATE = ['--project', 'redis', 'test/redis/late-commands.test.ts']
const FAULTS = ['--project', 'redis', 'test/redis/redis-faults.test.ts']
const STORE = ['--project', 'redis', 'test/redis/redis-ticket-store.test.ts']
const QUESTION = ['test/unit/server/redis/question.test.ts']
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
    search: 'session.checkedAtMs <= sentAtMs',
    replace: 'false',
    tests: SESSIONS,
  },
  {
    name: 'a message without marks that comes late closes connections of a newer sign-in',
    file: 'src/server/sessions.ts',
    search: 'session.checkedAtMs <= sentAtMs',
    replace: 'true',
    tests: SESSIONS,
  },
  {
    name: 'a message without marks that comes late closes what is being decided about of a newer sign-in',
    file: 'src/server/recent-revocations.ts',
    search: 'nowMs - ageMs',
    replace: 'nowMs',
    tests: SESSIONS,
  },
  {
    name: 'an older message without marks makes the newer one forgotten',
    file: 'src/server/recent-revocations.ts',
    search: 'Math.max(unrecordedAtMs, nowMs - ageMs)',
    replace: 'nowMs - ageMs',
    tests: SESSIONS,
  },
  {
    name: 'a message without marks counts as sent when it comes',
    file: 'src/server/redis/redis-revocation-channel.ts',
    search: 'revocation.ageMs = await ageOf(sentAtMs)',
    replace: 'revocation.ageMs = 0',
    tests: LATE,
  },
  {
    name: 'a connection that was being decided about stays open',
    file: 'src/server/recent-revocations.ts',
    search: 'isOver(afterRevocationMs, atMs) || ',
    replace: '',
    tests: SESSIONS,
  },
  {
    name: 'a connection that was being decided about stays open where the revoke-all could not be recorded',
    file: 'src/server/recent-revocations.ts',
    search: ' || checkedAtMs <= unrecordedAtMs',
    replace: '',
    tests: SESSIONS,
  },
  {
    name: 'a revoke-all that could not be recorded closes connections whose credential was checked after it',
    file: 'src/server/recent-revocations.ts',
    search: 'checkedAtMs <= unrecordedAtMs',
    replace: 'unrecordedAtMs > Number.NEGATIVE_INFINITY',
    tests: SESSIONS,
  },
  {
    name: 'a revoke-all that could not be recorded makes the one before it forgotten',
    file: 'src/server/recent-revocations.ts',
    search: 'Math.max(atMs, marks?.atMs ?? atMs)',
    replace: 'marks?.atMs ?? NONE.atMs',
    tests: SESSIONS,
  },
  {
    name: 'a revoke-all makes the one before it forgotten, which could not be recorded',
    file: 'src/server/recent-revocations.ts',
    search: 'marks ? unrecordedAtMs : Math',
    replace: 'marks ? NONE.unrecordedAtMs : Math',
    tests: SESSIONS,
  },
  {
    name: 'a revoke-all that failed is recorded when Redis is back',
    file: 'src/server/redis/scripts.ts',
    search: 'if now > tonumber(ARGV[3]) then return false end',
    replace: '',
    tests: LATE,
  },
  {
    name: 'a message without marks is published when Redis is back',
    file: 'src/server/redis/scripts.ts',
    search: 'if now > tonumber(ARGV[3]) then return nil end',
    replace: '',
    tests: LATE,
  },
  {
    name: 'a revoke-all fails where its server was held up before it read the time of Redis',
    file: 'src/server/redis/question.ts',
    search: ' ?? askOnceInTime(ask, redis, ...script)',
    replace: '',
    tests: ['test/redis/blocked-loop.test.ts'],
  },
  {
    name: 'a message without marks is published on a channel that has the prefix of the keys',
    file: 'src/server/redis/scripts.ts',
    search: "redis.call('PUBLISH', ARGV[1]",
    replace: "redis.call('PUBLISH', KEYS[1]",
    tests: ['test/redis/redis-revocation-channel.test.ts'],
  },
  {
    name: 'a message without marks is published like one with marks',
    file: 'src/server/redis/redis-revocation-channel.ts',
    search: 'if (revocation.marks) return',
    replace: 'if (revocation.userId) return',
    tests: LATE,
  },
  {
    name: 'a revoke-all fails where a ticket could not be deleted',
    file: 'src/server/redis/redis-ticket-store.ts',
    search: 'ticketKey(String(handle)))).catch(() => 1)',
    replace: 'ticketKey(String(handle))))',
    tests: FAULTS,
  },
  {
    name: 'a revoke-all fails though its marks are recorded',
    file: 'src/server/redis/scripts.ts',
    search: "redis.pcall('ZRANGEBYSCORE'",
    replace: "redis.call('ZRANGEBYSCORE'",
    tests: FAULTS,
  },
  {
    name: 'Redis stores a ticket for a JWT that was checked before a revoke-all',
    file: 'src/server/redis/scripts.ts',
    search: 'tonumber(known) < tonumber(at)',
    replace: 'tonumber(known) > tonumber(at)',
    tests: STORE,
  },
  {
    name: 'the memory store stores a ticket for a JWT that was checked before a revoke-all',
    file: 'src/server/memory-store.ts',
    search:
      'if (afterRevocationMs !== undefined && isWithdrawn({ afterRevocationMs }, revocation)) throw tokenRefused()',
    replace: '',
    tests: MANAGER,
  },
  {
    name: 'the store is not told of the marks that a JWT without iat was checked against',
    file: 'src/server/http-endpoints.ts',
    search: '{ rate, afterRevocationMs }',
    replace: '{ rate }',
    tests: ['test/unit/server/http.test.ts'],
  },
  {
    name: 'a manager without revocationOf is taken',
    file: 'src/server/http.ts',
    search: "'revokeAll', 'revocationOf', 'status'",
    replace: "'revokeAll', 'status'",
    tests: ['test/unit/server/http.test.ts'],
  },
  {
    name: 'each command of a question has its own deadline',
    file: 'src/server/redis/question.ts',
    search: 'const givenMs = leftMs()',
    replace: 'const givenMs = deadlineMs + 0 * leftMs()',
    tests: QUESTION,
  },
  {
    name: 'a server that was held up burns the tickets that replicas have to know of',
    file: 'src/server/redis/question.ts',
    search: 'if (!isExtended && ',
    replace: 'if (isExtended && ',
    tests: QUESTION,
  },
  {
    name: 'a slow Redis is waited for again and again',
    file: 'src/server/redis/question.ts',
    search: 'if (!isExtended && ',
    replace: 'if (',
    tests: QUESTION,
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
    tests: STORE,
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
