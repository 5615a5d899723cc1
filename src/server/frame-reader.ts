// Where a client's stream of WebSocket frames stands (RFC 6455 §5.2). It reads headers and counts payloads; what a payload
// says, and whether a frame is allowed, is the business of `ws`.

export interface FrameReader {
  /** The next bytes, as they arrived. */
  read(chunk: Uint8Array): void
  /** Whether a message or a frame has begun and has not ended. */
  readonly isUnfinished: boolean
  /** Bytes so far of the message that has not ended. Control frames do not count: they are short, and not kept. */
  readonly unfinishedBytes: number
  /**
   * Whether a fragment of that message has ended and was compressed: unpacked it may be larger than its bytes. `ws` unpacks a frame
   * once it has arrived whole.
   */
  readonly isUnpacked: boolean
  /** How many messages have ended, and how many control frames between two messages. */
  readonly ended: number
}

const FINAL = 0x80
const COMPRESSED = 0x40
const MASKED = 0x80
/** Opcodes from here on are control frames, which may stand between the fragments of a message. */
const FIRST_CONTROL_OPCODE = 0x8

export function createFrameReader(): FrameReader {
  const header = new Uint8Array(14)
  let headerBytes = 0
  let headerLength = 2
  let payloadLeft = 0
  let isFragmented = false
  let messageBytes = 0
  let isCompressed = false
  let ended = 0

  const isControl = () => ((header[0] ?? 0) & 0x0f) >= FIRST_CONTROL_OPCODE

  function endFrame() {
    if (isControl()) ended += isFragmented ? 0 : 1
    else if (((header[0] ?? 0) & FINAL) === 0) isFragmented = true
    else {
      isFragmented = false
      messageBytes = 0
      isCompressed = false
      ended++
    }
    headerBytes = 0
    headerLength = 2
  }

  function readHeaderByte(byte: number) {
    header[headerBytes++] = byte
    if (headerBytes === 2) headerLength = lengthOfHeader(byte)
    if (headerBytes < headerLength) return
    payloadLeft = lengthOfPayload(header)
    if (!isControl() && ((header[0] ?? 0) & COMPRESSED) !== 0) isCompressed = true // in the first fragment
    if (payloadLeft === 0) endFrame()
  }

  return {
    read(chunk) {
      for (let at = 0; at < chunk.length; ) {
        if (payloadLeft === 0) {
          readHeaderByte(chunk[at++] as number)
          continue
        }
        const length = Math.min(payloadLeft, chunk.length - at)
        at += length
        payloadLeft -= length
        if (!isControl()) messageBytes += length
        if (payloadLeft === 0) endFrame()
      }
    },
    get isUnfinished() {
      return headerBytes > 0 || isFragmented
    },
    get unfinishedBytes() {
      return messageBytes
    },
    get isUnpacked() {
      return isCompressed && isFragmented
    },
    get ended() {
      return ended
    },
  }
}

function lengthOfHeader(second: number): number {
  const short = second & 0x7f
  return 2 + (short === 126 ? 2 : short === 127 ? 8 : 0) + ((second & MASKED) === 0 ? 0 : 4)
}

function lengthOfPayload(header: Uint8Array): number {
  const short = (header[1] ?? 0) & 0x7f
  if (short < 126) return short
  const view = new DataView(header.buffer)
  return short === 126 ? view.getUint16(2) : view.getUint32(2) * 2 ** 32 + view.getUint32(6)
}
