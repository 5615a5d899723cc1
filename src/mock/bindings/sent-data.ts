// What a WebSocket makes of the texts and bytes that are handed to it.

import type { FrameData } from '../link.ts'

const encoder = new TextEncoder()
// With the byte order mark kept: it is part of the text here.
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
/** `USVString` of Web IDL: a lone surrogate becomes U+FFFD. */
export const wellFormed = (text: unknown): string => decoder.decode(encoder.encode(String(text)))

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
