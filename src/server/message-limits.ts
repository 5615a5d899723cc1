// How much of one message a server keeps before its end has come. The names are those of `ws`, which by default keeps 16,384
// fragments and 262,144 pieces of each connection, of one byte each.

/** `ws` keeps lengths in 32 bits: a larger limit would be none. */
export const MOST_PAYLOAD = 2 ** 31 - 1

/** A message may come in 64 fragments, or in one for so many bytes of the limit if that is more. Chromium's have 128 KiB. */
const LEAST_FRAGMENTS = 64
const BYTES_PER_FRAGMENT = 16 * 1024
/** The pieces in which one frame arrives: the shortest TCP segments on today's networks have 536 bytes. */
const LEAST_CHUNKS = 256
const BYTES_PER_CHUNK = 256

export interface MessageLimits {
  maxPayload: number
  /** Frames of one message. */
  maxFragments: number
  /** Pieces of a frame that has not arrived whole. */
  maxBufferedChunks: number
}

export const messageLimits = (maxPayload: number): MessageLimits => ({
  maxPayload,
  maxFragments: Math.max(LEAST_FRAGMENTS, Math.ceil(maxPayload / BYTES_PER_FRAGMENT)),
  maxBufferedChunks: Math.max(LEAST_CHUNKS, Math.ceil(maxPayload / BYTES_PER_CHUNK)),
})
