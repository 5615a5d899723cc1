import { show } from './options.ts'

/** A wrong code would throw in the transport, after the session has begun to close. So it is refused before. */
export function checkClose(code: number, reason: string) {
  const isCode = (code >= 1000 && code <= 1014 && ![1004, 1005, 1006].includes(code)) || (code >= 3000 && code <= 4999)
  if (!Number.isInteger(code) || !isCode) throw new TypeError(`code must be a WebSocket close code, got ${show(code)}`)
  if (new TextEncoder().encode(reason).length > 123) throw new TypeError('reason must be at most 123 bytes long')
}
