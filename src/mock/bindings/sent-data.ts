// What a WebSocket makes of the texts and bytes that are handed to it.

import { copyOf as bytesOf, isBytes } from '../../platform/binary.ts'
import { parseData } from '../../platform/web-socket-arguments.ts'
import type { FrameData } from '../link.ts'

/** A copy of what is sent: the caller may change its buffer afterwards. */
export function copyOf(given: unknown): FrameData | Blob {
  const data = parseData(given)
  return isBytes(data) ? new Uint8Array(bytesOf(data)) : data
}
