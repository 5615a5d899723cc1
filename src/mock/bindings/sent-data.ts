// What a WebSocket makes of the argument of `send`.

import { wellFormed } from '../../platform/web-socket-arguments.ts'
import type { FrameData } from '../link.ts'

/** A copy of what is sent: the caller may change its buffer afterwards. */
export function parseData(data: unknown): FrameData | Blob {
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice()
  if (isArrayBuffer(data)) return new Uint8Array(data).slice()
  if (isBlob(data)) return data
  return wellFormed(data)
}

// By tag, not by `instanceof`: under Jest's jsdom the page and this module have different realms.
const tagOf = (value: unknown) => Object.prototype.toString.call(value)
const isArrayBuffer = (value: unknown): value is ArrayBuffer => tagOf(value) === '[object ArrayBuffer]'
const isBlob = (value: unknown): value is Blob => tagOf(value) === '[object Blob]' || tagOf(value) === '[object File]'
