// A message arrives once at most, in order within its priority, not too late and not too fast, and settles exactly once.

import type { Judge, SeenMessage } from '../edge.ts'
import type { World } from '../world.ts'

const RANKS = ['high', 'normal', 'low']

export function judgeDelivery({
  edge,
  snapshot,
  tab,
  network,
}: Pick<World, 'edge' | 'snapshot' | 'tab' | 'network'>): Judge {
  const { outbox, rateLimit } = edge.setting
  const byQueueId = new Map<number, SeenMessage>()
  /** What was told of ids before their receipts were there. */
  const toldEarly = new Map<number, 'sent' | 'dropped'>()
  const sentAt: number[] = []

  const waiting = () => edge.messages.filter(({ state, queueId }) => state === 'queued' && queueId !== null)

  function settled(id: number, how: 'sent' | 'dropped') {
    const message = byQueueId.get(id)
    if (!message) return void toldEarly.set(id, how)
    const { number, state, sentOn } = message
    if (state !== 'queued') edge.violate('delivery', `message ${number} is ${how}, and was ${state} before`)
    if ((how === 'sent') !== (sentOn !== null)) edge.violate('delivery', `message ${number} is ${how}, and was it not`)
    message.state = how
  }

  /** What makes room is never more important than what stays. */
  function evicted(id: number) {
    const message = byQueueId.get(id)
    const other = message && waiting().find(({ priority }) => RANKS.indexOf(priority) > RANKS.indexOf(message.priority))
    if (other) edge.violate('delivery', `message ${message.number} had to go, and message ${other.number} matters less`)
  }

  /** A token bucket lets through its burst, and what flows in meanwhile. */
  function meter() {
    if (!rateLimit) return
    const now = tab.clock.now()
    sentAt.push(now)
    const tooMany = sentAt.findIndex(
      (at, i) => sentAt.length - i > rateLimit.burst + (rateLimit.perSecond * (now - at)) / 1_000 + 1e-6,
    )
    if (tooMany >= 0)
      edge.violate('delivery', `${sentAt.length - tooMany} messages in ${now - (sentAt[tooMany] ?? 0)} ms`)
    if (sentAt.length > 50) sentAt.shift()
  }

  return {
    sent(message) {
      const { queueId, number, state, sentOn } = message
      if (state === 'sent' && !sentOn) edge.violate('delivery', `message ${number} is sent by its receipt, and was not`)
      if (queueId === null) return
      byQueueId.set(queueId, message)
      edge.reach('a message queued')
      const told = toldEarly.get(queueId)
      if (told) settled(queueId, told)
    },
    said(dial, data) {
      const [, number] = /^\{"type":"say","number":(\d+)/.exec(String(data)) ?? []
      const message = edge.messages[Number(number) - 1]
      if (!message) return
      if (message.sentOn) edge.violate('delivery', `message ${number} was sent twice`)
      if (message.state === 'dropped') edge.violate('delivery', `message ${number} was dropped, and sent`)
      if (tab.clock.now() - message.at > outbox.ttlMs) edge.violate('delivery', `message ${number} was sent too late`)
      const order = message.order || Number.POSITIVE_INFINITY
      const later = edge.messages.find(
        (other) => other.order > order && other.sentOn === dial && other.priority === message.priority,
      )
      if (later) edge.violate('delivery', `message ${number} was sent after message ${later.number}`)
      const unsent = network.wireOf(dial)?.bytesUp ?? 0
      if (unsent > outbox.maxBufferedBytes)
        edge.violate('delivery', `${unsent} bytes were unsent, and more was handed over`)
      message.sentOn = dial
      meter()
    },
    event(of, name, payload) {
      if (of !== 'socket' || (name !== 'dropped' && name !== 'sent')) return
      const { id, reason } = payload as { id: number; reason?: string }
      if (reason === 'overflow') evicted(id)
      edge.reach(name === 'sent' ? 'a queued message sent' : `dropped: ${reason}`)
      settled(id, name)
    },
    received({ arrivals, number, sentOn }) {
      if (arrivals > 1) edge.violate('delivery', `message ${number} arrived twice`)
      if (!sentOn) edge.violate('delivery', `message ${number} arrived, and was never sent`)
    },
    quiet() {
      const all = waiting()
      const { queued } = snapshot()
      if (queued !== all.length) edge.violate('delivery', `${queued} messages are shown to wait, and ${all.length} do`)
      if (all.length > outbox.maxCount) edge.violate('delivery', 'more messages wait than may')
      const bytes = all.reduce((sum, message) => sum + message.bytes, 0)
      if (bytes > outbox.maxBytes) edge.violate('delivery', `${bytes} bytes wait`)
      const late = all.find(({ at }) => tab.clock.now() - at > outbox.ttlMs)
      if (late && tab.punctualSince <= edge.clock.now() - outbox.ttlMs)
        edge.violate('delivery', `message ${late.number} waits although its time is over`)
    },
    over() {
      for (const { number } of waiting()) edge.violate('delivery', `no event reports what became of message ${number}`)
    },
  }
}
