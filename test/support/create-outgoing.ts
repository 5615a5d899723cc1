import { Notifications } from '../../src/socket/notifications.ts'
import { Outgoing, type OutgoingDeps } from '../../src/socket/outgoing.ts'

/** As a socket has it: each call is a turn, and the callbacks are listeners. */
export function createOutgoing(deps: Omit<OutgoingDeps, 'notifications'>): Outgoing {
  const notifications = new Notifications(deps.clock)
  const listener =
    <Args extends unknown[]>(event: string, listen: (...args: Args) => void) =>
    (...args: Args) =>
      notifications.add(() => listen(...args), event)
  const outgoing = new Outgoing({
    ...deps,
    notifications,
    onSent: listener('sent', deps.onSent),
    onDropped: listener('dropped', deps.onDropped),
    onCount: listener('', deps.onCount),
  })
  return new Proxy(outgoing, {
    get:
      (target, name) =>
      (...args: unknown[]) =>
        notifications.turn(() => (Reflect.get(target, name) as (...args: unknown[]) => unknown).apply(target, args)),
  })
}
