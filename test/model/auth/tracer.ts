// What crossed the edge, line by line: printed beside the schedule that broke a rule.

import type { FastClock } from '../../support/fast-clock.ts'
import type { CallEnd, Judge } from './edge.ts'

const how = (end: CallEnd): string => {
  if (end.kind === 'grant')
    return `${end.grant.method}, instead of a ticket: ${end.grant.grant.steppedDown?.cause.code}`
  if (end.kind === 'ticket') return 'a ticket'
  return end.kind === 'error' ? end.error.code : String(end.error)
}

const codeIn = (payload: unknown) => {
  const { error, cause } = payload as { error?: { code: string }; cause?: { code: string } }
  return error?.code ?? cause?.code ?? ''
}

export function createTracer(clock: FastClock, write: (line: string) => void): Judge {
  const say = (...words: unknown[]) => write(`${String(clock.now()).padStart(9)} ms  ${words.join(' ')}`)
  return {
    requested: ({ method, path, jwt, call }) =>
      say(method, path.slice(0, 34), 'by', jwt?.user, `jwt ${jwt?.value.split('CANARYJ')[1]}`, `call ${call?.id}`),
    answered: ({ answer, call, issued }) =>
      say(
        'answered',
        answer?.kind,
        answer?.kind === 'status' ? answer.status : '',
        issued?.handle ?? '',
        `call ${call?.id}`,
      ),
    tokenAsked: ({ name, call }) => say(name, `call ${call?.id}`),
    changing: (what) => say(what),
    sessionChanged: (signedIn) => say('session change, signed in:', signedIn),
    ended: ({ id, kind }, end) => say(`call ${id}`, kind, 'ended:', how(end)),
    reported: ({ call, method }, outcome) => say('report', `call ${call.id}`, method, outcome),
    failuresReset: () => say('failures reset'),
    event: (name, payload) => (name === 'a log line' ? undefined : say('event', name, codeIn(payload))),
  }
}
