interface CloseDetails {
  code: number
  reason: string
  wasClean: boolean
}

/** A `CloseEvent`, also in Node 22, which has the class `WebSocket` but not this one. */
export function createCloseEvent(details: CloseDetails): CloseEvent {
  if (typeof CloseEvent === 'function') return new CloseEvent('close', details)
  return Object.assign(new Event('close'), details) as CloseEvent
}
