// Converts the argument of `send()` as a WebSocket does.

import { copyOf as bytesOf, isBytes } from '../../platform/binary.ts'
import { parseData } from '../../platform/web-socket-arguments.ts'
import type { FrameData } from '../link.ts'

/** A copy of the sent data: the caller may change its buffer afterwards. */
export function copyOf(given: unknown): FrameData | Blob {
  const data = parseData(given)
  return isBytes(data) ? new Uint8Array(bytesOf(data)) : data
}
