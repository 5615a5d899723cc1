import { CLOSE, closeReason } from '../contract/close-codes.ts'
import type { Clock } from '../platform/platform.ts'
import { addressBlock } from './address-block.ts'
import { RETRY_MS } from './admission.ts'
import { createFrameReader } from './frame-reader.ts'
import type { UpgradeDecision } from './upgrade-decision.ts'

/** What is used of a socket of `node:net`. */
export interface WireSocket {
  on(event: 'data', listener: (chunk: Uint8Array) => void): unknown
  off(event: 'data', listener: (chunk: Uint8Array) => void): unknown
  once(event: 'close', listener: () => void): unknown
  isPaused(): boolean
}

export interface UnfinishedMessagesOptions {
  /** @default 1 MiB, or four messages of `maxPayload` if that is more */
  maxBytesPerOwner: number | undefined
  /** @default 60_000, or as long as `maxPayload` takes at 8 KiB/s if that is more */
  maxMessageMs: number | undefined
  maxPayload: number
  clock: Clock
}

const MIB = 1024 * 1024
const SLOWEST_BYTES_PER_MS = (8 * 1024) / 1_000

/** Why a connection may not go on: its user keeps too much unfinished, or one message takes too long. */
export type UnfinishedProblem = 'too_many_bytes' | 'too_slow'

/** What the connection is closed with. */
export const CLOSE_FOR: Readonly<Record<UnfinishedProblem, { code: number; reason: string }>> = {
  too_many_bytes: { code: CLOSE.tooMany, reason: closeReason('too_many', RETRY_MS) },
  too_slow: { code: CLOSE.heartbeat, reason: 'heartbeat' },
}

export interface UnfinishedMessages {
  /**
   * Follows what arrives on this socket until it closes. `owner` is whose bytes are added up; `onProblem` is called once, and
   * what the socket has sent so far counts until it is closed. Without an owner it counts by itself.
   */
  watch(socket: WireSocket, owner: string | undefined, onProblem: (problem: UnfinishedProblem) => void): void
}

/** Counts what a server has to keep of messages whose end has not come, per owner, and how long they take. */
export function createUnfinishedMessages(options: UnfinishedMessagesOptions): UnfinishedMessages {
  const { maxPayload, clock } = options
  const maxBytesPerOwner = options.maxBytesPerOwner ?? Math.max(MIB, 4 * maxPayload)
  const maxMessageMs = options.maxMessageMs ?? Math.max(60_000, maxPayload / SLOWEST_BYTES_PER_MS)
  const bytesOf = new Map<unknown, number>()

  function add(owner: unknown, bytes: number): number {
    const total = (bytesOf.get(owner) ?? 0) + bytes
    if (total > 0) bytesOf.set(owner, total)
    else bytesOf.delete(owner)
    return total
  }

  return {
    watch(socket, known, onProblem) {
      const owner = known ?? socket
      const frames = createFrameReader()
      let counted = 0
      let ended = 0
      let begunAtMs = clock.now()
      let stopTimer: (() => void) | null = null

      function count(bytes: number): number {
        const total = bytes === counted ? 0 : add(owner, bytes - counted)
        counted = bytes
        return total
      }

      function stopWatching() {
        stopTimer?.()
        stopTimer = null
        socket.off('data', read)
      }

      function fail(problem: UnfinishedProblem) {
        stopWatching()
        onProblem(problem)
      }

      // One timer follows many messages: a new message moves its beginning, and what the timer finds then is too early.
      function waitFor(delayMs: number) {
        stopTimer = clock.setTimer(() => {
          stopTimer = null
          if (!frames.isUnfinished) return
          // An app that has paused the socket keeps its client from going on.
          const leftMs = socket.isPaused() ? maxMessageMs : begunAtMs + maxMessageMs - clock.now()
          if (leftMs > 0) waitFor(leftMs)
          else fail('too_slow')
        }, delayMs)
      }

      function read(chunk: Uint8Array) {
        const wasUnfinished = frames.isUnfinished
        frames.read(chunk)
        if (!wasUnfinished || frames.ended !== ended) begunAtMs = clock.now()
        ended = frames.ended
        // What compressed fragments have become is not known here: they count as the most that their message may become.
        const held = frames.isUnpacked ? Math.max(maxPayload, frames.unfinishedBytes) : frames.unfinishedBytes
        if (count(held) > maxBytesPerOwner) return fail('too_many_bytes')
        if (frames.isUnfinished && !stopTimer) waitFor(maxMessageMs)
      }

      socket.on('data', read)
      socket.once('close', () => {
        stopWatching()
        count(0)
      })
    },
  }
}

/** Whose unfinished messages are added up: the user's, or an anonymous or refused connection's address'. */
export function ownerOf(decision: UpgradeDecision, address: string | undefined): string | undefined {
  const user = decision.kind === 'accepted' ? decision.identity?.userId : undefined
  if (user !== undefined) return `user:${user}`
  return address === undefined ? undefined : `address:${addressBlock(address)}`
}
