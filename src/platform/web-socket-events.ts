// The events of a WebSocket and its `on…` attributes, as HTML has them.

/** How a socket was closed. */
export interface CloseDetails {
  readonly code: number
  readonly reason: string
  /** Whether the closing handshake was completed. */
  readonly wasClean: boolean
}

/** A `CloseEvent`, also in Node 22, which has the class `WebSocket` but not this one. */
export function createCloseEvent({ code, reason, wasClean }: CloseDetails): CloseEvent {
  const details = { code, reason, wasClean }
  return typeof CloseEvent === 'function'
    ? new CloseEvent('close', details)
    : (Object.assign(new Event('close'), details) as CloseEvent)
}

interface Slot {
  handler: unknown
  listener: (event: Event) => void
}

/**
 * An `on…` attribute. Its handler is called among the listeners, in the position where a handler was first set. A value that is no
 * function and no object counts as null.
 */
export function handlerAttribute(type: string): PropertyDescriptor & ThisType<EventTarget> {
  const slots = new WeakMap<EventTarget, Slot>()
  return {
    configurable: true,
    enumerable: true,
    get() {
      return slots.get(this)?.handler ?? null
    },
    set(handler: unknown) {
      const before = slots.get(this)
      if (typeof handler !== 'function' && (typeof handler !== 'object' || handler === null)) {
        if (before) this.removeEventListener(type, before.listener)
        slots.delete(this)
      } else if (before) {
        before.handler = handler
      } else {
        const listener = (event: Event) => {
          const { handler } = slots.get(this) as Slot
          if (typeof handler === 'function') handler.call(this, event)
        }
        slots.set(this, { handler, listener })
        this.addEventListener(type, listener)
      }
    },
  }
}

/** A browser tells nothing about the reason; ours are known, and hold no credential. */
export function createErrorEvent(error: Error | undefined): Event {
  const event = new Event('error')
  return error ? Object.assign(event, { error, message: error.message }) : event
}
