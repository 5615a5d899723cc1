// Why there is no token, in words that say what to do.

import { TicketSocketError } from '../contract/errors.ts'

export const sessionEnded = () => {
  const message = 'The session ended while this was under way. Ask again for the user who is signed in then.'
  return new TicketSocketError('signed_out', message)
}

export const notYet = (name: string, gave: string) => {
  const message = `Somebody has signed in, but ${name} ${gave}. Put the new JWT in place before calling signedIn().`
  return new TicketSocketError('token_callback_failed', message)
}

export const noneNewer = () => {
  const message = 'The server refused the JWT and no newer one is to be had. The user has to sign in again.'
  return new TicketSocketError('unauthenticated', message)
}
