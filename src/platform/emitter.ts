import { callback } from './option-checks.ts'

export type Listener<Payload> = (payload: Payload) => void

export interface Emitter<Events extends object> {
  on<Name extends keyof Events>(name: Name, listener: Listener<Events[Name]>): () => void
  /** `isOver` is called before each listener: if a listener has ended the session, the others do not receive the event. */
  emit<Name extends keyof Events>(name: Name, payload: Events[Name], isOver?: () => boolean): void
  /** Removes every listener. */
  clear(): void
}

/**
 * Typed events. When a listener throws, the others are still called and the error goes to `onListenerError`.
 * A listener removed during an emission is not called in it; one added during it is not called either.
 */
export function createEmitter<Events extends object>(onListenerError: (error: unknown) => void): Emitter<Events> {
  // One object per subscription, so that the same function may be subscribed twice.
  const subscriptions = new Map<keyof Events, Set<{ listener: Listener<never> }>>()
  return {
    on(name, listener) {
      const subscription = { listener: callback('listener', listener) as Listener<never> }
      const set = subscriptions.get(name) ?? new Set()
      subscriptions.set(name, set.add(subscription))
      return () => void set.delete(subscription)
    },
    emit(name, payload, isOver = () => false) {
      const set = subscriptions.get(name)
      for (const subscription of [...(set ?? [])]) {
        if (isOver()) return
        if (!set?.has(subscription)) continue
        try {
          subscription.listener(payload as never)
        } catch (error) {
          onListenerError(error)
        }
      }
    },
    clear() {
      for (const set of subscriptions.values()) set.clear()
    },
  }
}
