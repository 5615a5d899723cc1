// What a WebSocket makes of the texts and bytes that are handed to it.

import { parseData } from '../../platform/web-socket-arguments.ts'
import type { FrameData } from '../link.ts'

/** A copy of what is sent: the caller may change its buffer afterwards. */
export function copyOf(given: unknown): FrameData | Blob {
  const data = parseData(given)
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice()
  return typeof data === 'object' && 'byteLength' in data ? new Uint8Array(data).slice() : data
}
