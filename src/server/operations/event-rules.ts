// How much each event matters, and which lines a crowd can cause: one table, for every event. docs/operations.md has it for people.

import type { Logger } from '../../platform/platform.ts'
import type { ServerEvent } from '../server-events.ts'

export type Level = keyof Logger

export interface EventRule {
  level: Level
  /**
   * Equal lines of one event that any client can cause, or all clients at once while the server is full, leaving or
   * without its store. `null`: each line is written.
   */
  sample: string | null
}

const each = (level: Level): EventRule => ({ level, sample: null })
const sampled = (level: Level, sample: string): EventRule => ({ level, sample })

export function ruleOf(event: ServerEvent): EventRule {
  switch (event.kind) {
    case 'store_checked':
      return each(event.isReady ? 'info' : 'error')
    case 'store_asked':
      return event.isAnswered ? each('debug') : sampled('error', event.command)
    case 'request_answered':
      return requestRule(event)
    case 'upgrade_refused':
      return upgradeRule(event)
    case 'user_revoked':
      return each(event.isRecorded && event.isPublished ? 'info' : 'error')
    case 'ticket_refused':
    case 'jwt_refused':
      return event.reason === 'malformed' ? sampled('warn', event.reason) : each('warn')
    case 'connection_refused':
      return each('warn')
    case 'ticket_generated':
    case 'ticket_consumed':
    case 'ticket_revoked':
    case 'upgrade_accepted':
    case 'connection_opened':
    case 'connection_closed':
    case 'drain_started':
    case 'drain_ended':
      return each('info')
    default:
      return event satisfies never
  }
}

type Answered = Extract<ServerEvent, { kind: 'request_answered' }>

function requestRule({ status, method, endpoint, refusedOrigin }: Answered): EventRule {
  if (status === 503) return sampled('error', `503 ${endpoint}`)
  if (status === 501) return sampled('warn', '501') // the owner has switched tickets off
  if (status >= 500) return each('error')
  if (refusedOrigin !== null) return sampled('warn', 'origin')
  // Answered before the JWT was looked at: a URL that is none of the endpoints', a wrong method, a limit.
  if (status >= 400 && endpoint === 'other') return sampled('warn', String(status))
  if (status === 405 || status === 429) return sampled('warn', String(status))
  if (status >= 400) return each('warn')
  return method === 'OPTIONS' ? sampled('debug', 'preflight') : each('debug')
}

type Refused = Extract<ServerEvent, { kind: 'upgrade_refused' }>

function upgradeRule({ reason, turnedAway }: Refused): EventRule {
  if (turnedAway === 'leaving') return sampled('warn', turnedAway)
  return sampled(reason === 'unavailable' ? 'error' : 'warn', turnedAway ?? reason)
}
