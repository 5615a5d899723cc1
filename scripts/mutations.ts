// Bugs that somebody could write tomorrow, each as one change of one line. A test has to turn red for each of them.

import { SOCKET_MUTATIONS } from './socket-mutations.ts'

export interface Mutation {
  name: string
  file: string
  /** Must stand in the file exactly once, so that the list cannot rot. */
  search: string
  replace: string
  /** The tests that are asked, as arguments of vitest. */
  tests: readonly string[]
}

const AUTH = ['test/unit/auth', 'test/unit/leaks.test.ts', 'test/model/auth']
const SOCKET = ['test/unit/socket', 'test/simulation']

export const MUTATIONS: readonly Mutation[] = [
  // tickets
  {
    name: 'a taken ticket stays in the ledger',
    file: 'src/auth/spare-keeper.ts',
    search: '      if (ticket.singleUse) {\n        spare = null',
    replace: '      if (!ticket.singleUse) {\n        spare = null',
    tests: AUTH,
  },
  {
    name: 'a dropped ticket may be put back',
    file: 'src/auth/ticket-ledger.ts',
    search: 'if (born === generation && ticket.singleUse',
    replace: 'if (ticket.singleUse',
    tests: AUTH,
  },
  {
    name: 'a repeated ticket value is not noticed',
    file: 'src/auth/ticket-ledger.ts',
    search: 'if (seen.has(value))',
    replace: 'if (!singleUse && seen.has(value))',
    tests: AUTH,
  },
  {
    name: 'expiry is counted on the monotonic clock alone',
    file: 'src/auth/ticket.ts',
    search: 'Math.max(clock.now() - ticket.begunAt, clock.wallNow() - ticket.begunAtWall)',
    replace: 'clock.now() - ticket.begunAt',
    tests: AUTH,
  },
  {
    name: 'a short-lived ticket is replaced by the threshold, not at half its life',
    file: 'src/auth/spare-keeper.ts',
    search: 'Math.min(refreshThresholdMs, ttlMs / 2)',
    replace: 'refreshThresholdMs',
    tests: AUTH,
  },
  {
    name: 'a prefetch does not wait after a failure',
    file: 'src/auth/spare-keeper.ts',
    search: '        pauseUntil = clock.now() + wait',
    replace: '        pauseUntil = wait - wait',
    tests: AUTH,
  },
  {
    name: 'a hidden page fetches ahead',
    file: 'src/auth/auth-core.ts',
    search: '!page.isHidden() && ',
    replace: '',
    tests: AUTH,
  },
  {
    name: 'more requests side by side',
    file: 'src/auth/ticket-ledger.ts',
    search: 'const MAX_PARALLEL = 6',
    replace: 'const MAX_PARALLEL = 60',
    tests: AUTH,
  },
  // asking
  {
    name: 'Retry-After is ignored',
    file: 'src/auth/http-exchange.ts',
    search: "  const value = headers.get('retry-after')?.trim()",
    replace: "  const value = headers.get('x-retry-after')?.trim()",
    tests: AUTH,
  },
  {
    name: 'redirects are followed',
    file: 'src/auth/http-exchange.ts',
    search: "redirect: 'error'",
    replace: "redirect: 'follow'",
    tests: AUTH,
  },
  {
    name: 'the body may be as long as it likes',
    file: 'src/auth/http-exchange.ts',
    search: 'if (bytes > MAX_BODY_BYTES)',
    replace: 'if (bytes > 1e12)',
    tests: AUTH,
  },
  {
    name: 'any content type is believed',
    file: 'src/auth/http-exchange.ts',
    search: 'if (!isJson || !request.guard(body))',
    replace: 'if (!request.guard(body))',
    tests: AUTH,
  },
  {
    name: 'the budget is not applied',
    file: 'src/auth/ticket-purchase.ts',
    search: 'const endsAt = begunAt + retry.budgetMs',
    replace: 'const endsAt = begunAt + 10 * retry.budgetMs',
    tests: AUTH,
  },
  {
    name: 'the JWT is refreshed again and again',
    file: 'src/auth/ticket-purchase.ts',
    search: "error.code === 'unauthenticated' && !renewed",
    replace: "error.code === 'unauthenticated'",
    tests: AUTH,
  },
  // the chain
  {
    name: 'the bound is off by one',
    file: 'src/auth/fallback-chain.ts',
    search: 'failures >= maxTicketFailures',
    replace: 'failures > maxTicketFailures',
    tests: AUTH,
  },
  {
    name: '429 counts',
    file: 'src/auth/fallback-chain.ts',
    search: "  'rate_limited',\n",
    replace: '',
    tests: AUTH,
  },
  {
    name: 'a failed acquisition counts as it comes',
    file: 'src/auth/fallback-chain.ts',
    search: '      return acquisitionFailed(record, event.code)\n',
    replace: '      return counted(record, record, maxTicketFailures)\n',
    tests: AUTH,
  },
  {
    name: 'a reverted page asks for tickets',
    file: 'src/auth/fallback-chain.ts',
    search: '!record.reverted && now',
    replace: 'now',
    tests: AUTH,
  },
  {
    name: 'a missing endpoint does not revert',
    file: 'src/auth/fallback-chain.ts',
    search: "code === 'tickets_unsupported' ? { ...record, reverted: true } : record",
    replace: "code === 'tickets_unsupported' ? { ...record } : record",
    tests: AUTH,
  },
  {
    name: 'no credential after a failed one',
    file: 'src/auth/fallback-chain.ts',
    search: '        return !hasToken\n',
    replace: '        return true\n',
    tests: AUTH,
  },
  {
    name: '401 steps down to the refused JWT',
    file: 'src/auth/fallback-chain.ts',
    search: "    case 'unauthenticated':\n    case 'aborted':",
    replace: "    case 'aborted':",
    tests: AUTH,
  },
  {
    name: 'lost dials count though tickets have worked',
    file: 'src/auth/fallback-chain.ts',
    search: 'return record.haveWorked ? { ...record, dialsLost: 0 } : counted(record, event, maxTicketFailures)',
    replace: 'return counted(record, event, maxTicketFailures)',
    tests: AUTH,
  },
  {
    name: 'every refused ticket counts, also one that had lain here',
    file: 'src/auth/reporting-grants.ts',
    search: 'const counts = fresh || (refusedAt !== null && ticket.begunAt >= refusedAt)',
    replace: 'const counts = fresh || ticket.begunAt >= 0',
    tests: AUTH,
  },
  {
    name: 'refused spares never count',
    file: 'src/auth/reporting-grants.ts',
    search: 'const counts = fresh || (refusedAt !== null && ticket.begunAt >= refusedAt)',
    replace: 'const counts = fresh',
    tests: AUTH,
  },
  // the fence
  {
    name: 'a log-out aborts nothing',
    file: 'src/auth/identity.ts',
    search: '    ended.controller.abort(sessionEnded())\n',
    replace: '    String(sessionEnded())\n',
    tests: AUTH,
  },
  {
    name: 'tokens of an ended session are forgotten, and so accepted again',
    file: 'src/auth/identity.ts',
    search: '      tokens.barAll()\n',
    replace: '',
    tests: AUTH,
  },
  {
    name: 'who has just signed in is taken for nobody',
    file: 'src/auth/identity.ts',
    search: 'if (epoch.isAwaited) throw',
    replace: 'if (false) throw',
    tests: AUTH,
  },
  {
    name: 'what became of the last user’s ticket counts for this one',
    file: 'src/auth/reporting-grants.ts',
    search:
      "        // What became of the last user's ticket says nothing about this one's.\n        if (held.epoch !== identity.epoch()) return\n",
    replace: '',
    tests: AUTH,
  },
  {
    name: 'nobody fetches a spare when the wait is over',
    file: 'src/auth/spare-keeper.ts',
    search: 'pauseUntil, notBefore())',
    replace: 'pauseUntil)',
    tests: AUTH,
  },
  {
    name: 'another user in the token is not noticed',
    file: 'src/auth/identity.ts',
    search: 'userId !== epoch.userId) still(',
    replace: 'userId === epoch.userId + userId) still(',
    tests: AUTH,
  },
  {
    name: 'a log-out leaves the unspent ticket alive',
    file: 'src/auth/auth-core.ts',
    search: '    if (spare) revokeQuietly(spare)\n',
    replace: '    void revokeQuietly\n    void spare\n',
    tests: AUTH,
  },
  // trust
  {
    name: 'the hint may lead to another host',
    file: 'src/auth/websocket-url.ts',
    search: 'return known && hint.protocol',
    replace: 'return hint.host !== known.toString() && hint.protocol',
    tests: AUTH,
  },
  {
    name: 'the hint may move to ws:',
    file: 'src/auth/websocket-url.ts',
    search: 'known && hint.protocol === base.protocol && ',
    replace: 'known && ',
    tests: AUTH,
  },
  {
    name: 'a foreign error is passed on with its words',
    file: 'src/platform/redact.ts',
    search: 'new Error(redact(message, known))',
    replace: 'new Error(message)',
    tests: AUTH,
  },
  // the socket
  {
    name: 'failures are forgotten when the connection opens',
    file: 'src/socket/lifecycle.ts',
    search: "    ...base(state),\n    phase: 'open',",
    replace: "    ...base(state),\n    streak: 0,\n    phase: 'open',",
    tests: SOCKET,
  },
  {
    name: 'the server’s wait is not obeyed',
    file: 'src/socket/lifecycle.ts',
    search: 'Math.max(state.notBefore, env.now + retryAfterMs)',
    replace: 'state.notBefore',
    tests: SOCKET,
  },
  {
    name: 'offline it dials',
    file: 'src/socket/lifecycle.ts',
    search: '  if (!env.online) return {',
    replace: '  if (env.now < 0) return {',
    tests: SOCKET,
  },
  {
    name: 'what is gone is stopped before what is new is started, and a fired timer stays',
    file: 'src/socket/driver.ts',
    search: 'start(need, () => running.delete(key))',
    replace: 'start(need, () => {})',
    tests: SOCKET,
  },
  {
    name: 'an abandoned socket is still heard',
    file: 'src/socket/link.ts',
    search: 'if (detached) detached.onopen = detached.onmessage = detached.onclose = null',
    replace: 'if (detached) detached.onopen = null',
    tests: SOCKET,
  },
  {
    name: 'the queue crosses from one user to the next',
    file: 'src/socket/ticket-socket.ts',
    search: "    giveUp('signed_out')\n",
    replace: '',
    tests: SOCKET,
  },
  {
    name: 'a session of another user is accepted',
    file: 'src/socket/incoming.ts',
    search: 'if (sessionUser !== null && user_id !== sessionUser) return resources.wrongUser(id)',
    replace: '',
    tests: SOCKET,
  },
  {
    name: 'a late timer declares a death',
    file: 'src/socket/heartbeat.ts',
    search: '!isSecondTime && clock.now() > askedAt + timeoutMs + PUNCTUAL_MS',
    replace: 'clock.now() < askedAt',
    tests: SOCKET,
  },
  {
    name: 'expired messages are sent',
    file: 'src/socket/outbox.ts',
    search: 'first && first.expiresAt <= clock.now()',
    replace: 'first && first.expiresAt < 0',
    tests: SOCKET,
  },
  {
    name: 'every clean close stops the client',
    file: 'src/contract/close-codes.ts',
    search: "  1012: reconnect('spread'),",
    replace: "  1012: stop('protocol'),",
    tests: SOCKET,
  },
  {
    name: 'the socket’s buffer is not looked at',
    file: 'src/socket/outgoing.ts',
    search: 'wire.bufferedAmount() > policy.maxBufferedBytes',
    replace: 'false',
    tests: SOCKET,
  },
  {
    name: 'what is sent overtakes what waits',
    file: 'src/socket/outgoing.ts',
    search: 'if (outbox.count() === 0 && handOver(data))',
    replace: 'if (handOver(data))',
    tests: SOCKET,
  },
  {
    name: 'nobody tells that a message has waited too long',
    file: 'src/socket/outgoing.ts',
    search: 'Math.min(blocked, untilExpiry) : untilExpiry)',
    replace: 'blocked : Number.POSITIVE_INFINITY)',
    tests: SOCKET,
  },
  {
    name: 'the rate limit forgets what was sent',
    file: 'src/socket/rate-limit.ts',
    search: '      tokens--',
    replace: '      tokens = burst',
    tests: SOCKET,
  },
  {
    name: 'a message pushes out a more important one',
    file: 'src/socket/outbox.ts',
    search: 'const rank = PRIORITIES.indexOf(priority)',
    replace: 'const rank = 0',
    tests: SOCKET,
  },
  {
    name: 'a schema that is quick overtakes one that is slow',
    file: 'src/socket/message-schemas.ts',
    search:
      'for (let first = waiting[0]; first?.settle; first = waiting[0]) {\n      waiting.shift()\n      first.settle()\n    }',
    replace:
      'for (const known of waiting.filter(({ settle }) => settle)) {\n      waiting.splice(waiting.indexOf(known), 1)\n      known.settle?.()\n    }',
    tests: SOCKET,
  },
  {
    name: 'what a schema still looks at is delivered to the next user',
    file: 'src/socket/ticket-socket.ts',
    search: '    gate.clear(reason)\n',
    replace: '',
    tests: SOCKET,
  },
  {
    name: 'a replaced connection is not told as lost',
    file: 'src/socket/announcements.ts',
    search: "return before.phase === 'open' ? lostBy(replacedBy(event), 0) : null",
    replace: 'return null',
    tests: SOCKET,
  },
  {
    name: 'an attempt that timed out tells the auth service nothing',
    file: 'src/socket/ticket-socket.ts',
    search: "resources.conclude(event.type === 'due' && wasDialling)",
    replace: 'resources.conclude(false)',
    tests: SOCKET,
  },
  {
    name: 'an early policy close is a refusal also after the credential was taken',
    file: 'src/socket/link.ts',
    search: 'openedAt === null || isAccepted ?',
    replace: 'openedAt === null ?',
    tests: SOCKET,
  },
  {
    name: 'a plain server is not asked in the app’s words',
    file: 'src/socket/resources.ts',
    search: 'if (!spoken && !message) return',
    replace: 'if (!spoken) return',
    tests: SOCKET,
  },
  {
    name: 'the breaker never slows the attempts down',
    file: 'src/socket/lifecycle.ts',
    search: 'if (streak + 1 >= BREAKER_STREAK) return',
    replace: 'if (false) return',
    tests: SOCKET,
  },
  {
    name: 'what an older attempt still says is believed',
    file: 'src/socket/lifecycle.ts',
    search: "return 'id' in state && state.id === event.id ?",
    replace: "return 'id' in state ?",
    tests: SOCKET,
  },
  ...SOCKET_MUTATIONS,
]
