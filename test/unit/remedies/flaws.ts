// What is false in the words of an error, given who sees it and when.

import type { Shown } from './calls.ts'

/** Calls of which the app connects by itself. */
const FOR_THE_APP = ['getWebSocketTicket', 'requestWebSocketTicket', 'requestWebSocketTicket with fields']
const ADMINISTRATION = ['validateTicket', 'revokeTicket', 'revokeAllTickets', 'getTicketSystemStatus']
const REQUESTS = ['request', 'request of a reserved type', 'request of what is no JSON']
const WITH_FIELDS = 'requestWebSocketTicket with fields'

/** The first sentence is the fact; what the backend says is no word of this client's. */
function remedyIn(message: string): string {
  const own = message.replace(/ The backend says: ".*?"\.?/, '')
  const end = /[.!?] (?=[A-Z])/.exec(own)
  return end ? own.slice(end.index + 2) : ''
}

type Rule = readonly [words: RegExp, isTrue: (shown: Shown) => boolean]

/** Words of a remedy, and where they are true. */
const RULES: readonly Rule[] = [
  // Whether tickets are used next is decided elsewhere, and later.
  [/\b(fresh|new|another|next) ticket\b/i, () => false],
  [/\btry(ing)? again\b/i, ({ where }) => where === 'failed' || where === 'error'],
  [/with the JWT instead/, ({ where, situation }) => where === 'fallback' && situation.hasJwt],
  [/Connect with the JWT/, ({ call, situation }) => FOR_THE_APP.includes(call) && situation.isSignedIn],
  [/Add jwt to the chain/, ({ situation }) => !situation.hasJwt],
  [/only: 'ticket'/, ({ call }) => call === 'acquire only a ticket'],
  [/turn ticketAuth on/, ({ situation }) => !situation.isOn],
  [/resetTicketFailures/, ({ situation }) => situation.isReverted],
  [/ticket options/, ({ call }) => ![...ADMINISTRATION, WITH_FIELDS].includes(call)],
  [/fields of this call/, ({ call }) => call === WITH_FIELDS],
  [/fewer permissions/, ({ call, situation }) => call === WITH_FIELDS || situation.asksForPermissions],
  [/Call it again later/, ({ call }) => ADMINISTRATION.includes(call)],
  // One of the client's own attempts, or a ticket that is requested again only if somebody asks for one.
  [/^If this repeats/, ({ call, error }) => !ADMINISTRATION.includes(call) || error.code === 'invalid_request'],
  [/reconnects automatically|reconnects for the/, ({ where }) => where === 'lost' || where === 'error'],
  [/connect\(\)/, ({ call, where }) => where === 'failed' || where === 'error' || REQUESTS.includes(call)],
  [/sign in again|log-in|Sign in/, ({ error }) => ['unauthenticated', 'revoked'].includes(error.code)],
  [/signed in then/, ({ error }) => error.code === 'signed_out'],
]

export function flawsOf(shown: Shown): string[] {
  const { error, where } = shown
  const { message } = error
  const remedy = remedyIn(message)
  const flaws = RULES.filter(([words, isTrue]) => words.test(remedy) && !isTrue(shown)).map(
    ([words]) => `"${words.source}" is not true here`,
  )
  // A cause is a fact, and may be no more.
  if (remedy === '' && where !== 'cause') flaws.push('says what failed, and not what to do')
  if (!/^[A-Za-z].*\.$/.test(message)) flaws.push('is no sentence')
  if (/\?/.test(remedy)) flaws.push('asks instead of telling')
  return flaws
}
