import { MessageQueue, type MessageQueueDeps } from '../../src/socket/message-queue.ts'
import { Notifications } from '../../src/socket/notifications.ts'
import type { OutgoingFrame } from '../../src/socket/outgoing-frame.ts'
import type { SendOptions } from '../../src/socket/queue-options.ts'
import type { DropReason } from '../../src/socket/validator.ts'

export interface TestQueue extends Pick<MessageQueue, 'open' | 'pause' | 'drop' | 'clear'> {
  send(id: number, data: OutgoingFrame, options?: SendOptions): 'sent' | 'queued' | DropReason
}

interface TestQueueDeps extends Omit<MessageQueueDeps, 'notifications'> {
  /** A message that had waited was sent, or dropped. */
  onSent: (id: number) => void
  onDropped: (id: number, reason: DropReason) => void
}

/** As a socket has it: each call is a turn, and the callbacks are listeners. */
export function createMessageQueue({ onSent, onDropped, ...deps }: TestQueueDeps): TestQueue {
  const notifications = new Notifications(deps.clock)
  const listener =
    <Args extends unknown[]>(event: string, listen: (...args: Args) => void) =>
    (...args: Args) =>
      notifications.add(() => listen(...args), event)
  const queue = new MessageQueue({ ...deps, notifications, onCount: listener('', deps.onCount) })
  const sent = listener('sent', onSent)
  const dropped = listener('dropped', onDropped)
  return {
    send: (id, data, options = {}) =>
      notifications.turn(() => {
        let receipt: ReturnType<TestQueue['send']> | null = null
        queue.send(data, options, (outcome) => {
          if (receipt === null) receipt = outcome
          else if (outcome === 'sent') sent(id)
          else dropped(id, outcome)
        })
        receipt ??= 'queued'
        return receipt
      }),
    open: () => notifications.turn(() => queue.open()),
    pause: () => notifications.turn(() => queue.pause()),
    drop: (reason) => notifications.turn(() => queue.drop(reason)),
    clear: (reason) => notifications.turn(() => queue.clear(reason)),
  }
}
