// The address that a ticket's answer names for its connection.

import { TICKET_PARAMETERS } from '../contract/wire.ts'
import { parseUrl, show } from './options.ts'

export function checkWebSocketUrl(name: string, value: unknown): string {
  const url = typeof value === 'string' ? parseUrl(value) : null
  const isRight =
    url !== null &&
    (url.protocol === 'wss:' || url.protocol === 'ws:') &&
    url.username + url.password + url.hash === '' &&
    !TICKET_PARAMETERS.some((name) => url.searchParams.has(name))
  if (isRight) return url.href
  throw new TypeError(`${name} must be an address such as wss://api.example.com/ws, got ${show(value)}`)
}

export function ticketUrl(websocketUrl: string, ticket: string): string {
  const url = new URL(websocketUrl)
  url.searchParams.set('ticket', ticket)
  return url.href
}
