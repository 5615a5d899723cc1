// The parts of a socket, wired once: the lifecycle and its effects, messages both ways, and the queue in which listeners are called.

import { onSessionChange } from '../auth/credential.ts'
import { decoderOf } from '../contract/codec.ts'
import type { Message } from '../contract/wire.ts'
import { createEmitter } from '../platform/emitter.ts'
import { createSnapshotStore } from '../platform/snapshot-store.ts'
import { reportUncaught } from '../platform/system-platform.ts'
import type { Connection, ConnectionEvent } from './connection.ts'
import { Driver } from './driver.ts'
import { Effects } from './effects.ts'
import { Incoming } from './incoming.ts'
import { judgeBy } from './judge-close.ts'
import { createMessageLimit } from './message-limit.ts'
import { MessageQueue } from './message-queue.ts'
import { Notifications } from './notifications.ts'
import { frameMaker } from './outgoing-frame.ts'
import type { SendOptions } from './queue-options.ts'
import type { ResolvedOptions } from './resolve-options.ts'
import { createSender } from './sender.ts'
import { INITIAL_SNAPSHOT, shownOf } from './snapshot.ts'
import { announcementOf, type EmitEvent, type SocketEvents } from './socket-events.ts'
import type { DropReason } from './validator.ts'

/** Also once the scope of the event has ended: a message that waits, and every `open`, ends in an event. */
const ALWAYS_DELIVERED: ReadonlySet<string> = new Set(['sent', 'dropped', 'lost', 'closed', 'failed', 'disposed'])

export function createSocketCore(options: ResolvedOptions) {
  const { auth, destination, policy, heartbeat, closeCodes, codec, openValidators, maxMessageLength, platform } =
    options
  const { clock, page, random } = platform
  const events = createEmitter<SocketEvents>(reportUncaught)
  const messages = createEmitter<Record<string, Message>>(reportUncaught)
  const notifications = new Notifications(clock)
  const { store, set } = createSnapshotStore(INITIAL_SNAPSHOT, reportUncaught, (call) => notifications.add(call))
  const validators = openValidators({ clock })
  const limit = createMessageLimit(clock)
  const frameOf = frameMaker(codec)

  const emit: EmitEvent = (name, payload, scope = notifications.scope) => {
    const hasEnded = () =>
      name === 'userChanged' ? scope.user.hasLeft : !ALWAYS_DELIVERED.has(name) && scope.endedBy !== null
    notifications.add(() => events.emit(name, payload, hasEnded), name, scope)
  }
  /** In a separate turn, before it happens: a listener may still prevent it. */
  const announce: EmitEvent = (name, payload) => notifications.turn(() => emit(name, payload))
  const dispatch = (event: ConnectionEvent) => notifications.turn(() => driver.dispatch(event))

  const driver: Driver = new Driver({
    policy,
    env: () => ({ now: clock.now(), random: random(), online: page.isOnline() }),
    start: (effect, ended) => effects.start(effect, ended),
    onTransition,
  })
  const effects: Effects = new Effects({
    auth,
    destination,
    heartbeat,
    platform,
    limit,
    frameOf,
    judge: judgeBy(closeCodes, () => driver.state.failures.attempts),
    dispatch,
    later: (work) => notifications.add(work),
    onCredential({ method, steppedDown }) {
      if (steppedDown) announce('fallback', { ...steppedDown, to: method })
    },
    onFrame: (id, data) => notifications.turn(() => incoming.frame(id, data)),
  })
  const incoming = new Incoming({
    state: () => driver.state,
    dispatch,
    effects,
    validator: validators.arriving,
    decode: decoderOf(codec),
    announceLimit: limit.announce,
    maxLength: maxMessageLength,
    notifications,
    emit,
    messages,
    snapshot: store.getState,
    show: set,
  })
  const queue = new MessageQueue({
    policy: options.queue,
    clock,
    wire: effects,
    maxMessageBytes: limit.max,
    notifications,
    onCount: (queued) => set({ queued }),
  })

  const send = createSender({
    validator: validators.leaving,
    frameOf,
    queue,
    notifications,
    emit,
    hasEnded: () => ['closed', 'failed'].includes(driver.state.phase),
    onMessage: () => effects.noteMessage(),
  })

  function onTransition(now: Connection, before: Connection, event: ConnectionEvent) {
    const wasDialling = before.phase === 'opening' || before.phase === 'confirming'
    // A dial that is made once more at once may have been held back by the browser: that says nothing.
    effects.conclude(event.type === 'due' && wasDialling && now.phase !== 'authenticating')
    set(shownOf(now, store.getState(), clock, policy.breaker))
    if (now.phase !== 'open' && before.phase === 'open') queue.pause()
    const held = before.phase === 'confirming' && !before.negotiated ? before.held : []
    // A server that is done has refused nothing, and no error will say what it said.
    if (now.phase === 'closed' && now.by === 'server') incoming.deliverHeld(held)
    if (now.phase === 'closed' || now.phase === 'failed') {
      giveUp(now.phase === 'closed' && now.by === 'logout' ? 'signed_out' : 'closed')
    }
    const announcement = announcementOf(now, before, event, { now: clock.now(), session: store.getState().session })
    if (announcement) emit(announcement.name, announcement.payload)
    if (now.phase !== 'open') return
    if (now.accepted && !(before.phase === 'open' && before.accepted)) effects.accepted()
    if (before.phase === 'open') return
    notifications.add(() => openQueue(now.id))
    notifications.add(() => incoming.deliverHeld(held))
  }

  /** After the listeners of `open`, any of which may have ended the connection. */
  function openQueue(id: number) {
    const state = driver.state
    if (state.phase === 'open' && state.id === id) queue.open()
  }

  function giveUp(reason: DropReason) {
    validators.arriving.dropAll(reason)
    validators.leaving.dropAll(reason)
    queue.drop(reason)
  }

  /** Nothing is sent, and nothing of before is delivered, after this call. */
  function endScope(reason: DropReason) {
    effects.disconnect()
    giveUp(reason)
    notifications.end(reason)
  }

  const stopSessionChange = onSessionChange(auth, (signedIn) => {
    incoming.forgetUser()
    const scope = notifications.turn(() => {
      endScope('signed_out')
      emit('userChanged', { signedIn })
      return notifications.scope
    })
    // A listener may have changed the user again: that change has dispatched its own event.
    if (!scope.user.hasLeft) dispatch({ type: 'session_changed', signedIn })
  })
  const stopReverted = auth.onReverted((cause) => {
    announce('reverted', { cause })
    dispatch({ type: 'reverted' })
  })

  return {
    store,
    events,
    messages,
    dispatch,
    hasEnded: () => driver.hasEnded,
    send: (message: object, options?: SendOptions) => notifications.turn(() => send(message, options)),
    clearQueue: () => notifications.turn(() => queue.clear() + validators.leaving.dropAll('cleared')),
    close() {
      notifications.turn(() => {
        endScope('closed')
        dispatch({ type: 'close' })
      })
    },
    dispose() {
      notifications.turn(() => {
        endScope('closed')
        stopSessionChange()
        stopReverted()
        driver.end(() => {
          emit('disposed', undefined)
          notifications.add(() => {
            events.clear()
            messages.clear()
          })
        })
      })
    },
  }
}
