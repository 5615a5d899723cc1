// What crossed the edge, line by line: printed beside the schedule that broke a rule, and compared when one is replayed.

import type { FastClock } from '../support/fast-clock.ts'
import type { Judge, SeenDial, SeenRequest } from './edge.ts'

const short = (text: string | null | undefined) => (text ? text.slice(8, 14) : '')
const numberOf = (jwt: { value: string } | null) => jwt?.value.split('CANARYJ')[1] ?? ''

const by = ({ method, ticket, jwt }: SeenDial) =>
  method === 'ticket' ? `ticket ${short(ticket)}` : `${method} ${numberOf(jwt)}`
const asked = ({ number, method, url }: SeenRequest) => `${method} ${new URL(url).pathname.slice(0, 30)} (${number})`

function inWords(payload: unknown): string {
  const { error, cause, by, method, reason, id, handle } = (payload ?? {}) as Record<
    string,
    { code?: string } | undefined
  >
  return [error?.code, cause?.code, by, method, reason, id, short(handle as string | undefined)]
    .filter(Boolean)
    .join(' ')
}

export function createTracer(clock: FastClock, write: (line: string) => void): Judge {
  const say = (...words: unknown[]) => write(`${String(clock.now()).padStart(8)} ms  ${words.join(' ')}`)
  const framed = (data: unknown) =>
    typeof data === 'string' ? data.slice(0, 100).replaceAll(/CANARYT0(.{6})[^"]*/g, '$1') : 'binary'
  return {
    requested: (request) => say(asked(request), 'by jwt', numberOf(request.jwt)),
    answered: (request, answer) => say(asked(request), 'answered', answer?.status ?? 'nothing'),
    dialled: (dial) => say(`dial ${dial.number} by`, by(dial)),
    opened: ({ number }) => say(`dial ${number} opened`),
    heard: ({ number }, data) => say(`dial ${number} hears`, framed(data)),
    said: ({ number }, data) => say(`dial ${number} says`, framed(data)),
    left: ({ number }, code) => say(`dial ${number} is left`, code),
    closed: ({ number }, code, reason) => say(`dial ${number} is closed`, code, reason),
    acting: (act) => say('→', act),
    acted: (act) => say('←', act),
    sent: ({ number, state, priority }) => say(`message ${number}`, priority, state),
    sessionChanged: (signedIn) => say('session change, signed in:', signedIn),
    tokenGiven: (value) => say('token', typeof value === 'string' ? numberOf({ value }) : String(value)),
    event: (of, name, payload) => say(of, name, inWords(payload)),
    signalled: (signal) => say('signal', signal),
    inflicted: (fault) => say('fault', fault),
    consumed: (handle, found) => say('consumed', handle.slice(0, 6), found),
    received: ({ number }, user) => say(`the server got message ${number} from`, user),
  }
}
