// UTF-8 by the language alone: jsdom, in which Jest runs its tests, has neither TextEncoder nor TextDecoder.

/** `USVString` of Web IDL: each lone surrogate becomes U+FFFD. */
export const wellFormed = (text: string): string => text.replace(/\p{Surrogate}/gu, '\uFFFD')

const isHighSurrogate = (unit: number) => unit >> 10 === 0x36
const isLowSurrogate = (unit: number) => unit >> 10 === 0x37

/** Bytes of the text in UTF-8. A lone surrogate counts as U+FFFD, which is sent in its place. */
export function utf8Length(text: string): number {
  let bytes = text.length
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    if (unit > 0x7f) bytes += unit > 0x7ff ? 2 : 1
    // A pair is two units and four bytes.
    if (isHighSurrogate(unit) && isLowSurrogate(text.charCodeAt(at + 1))) at++
  }
  return bytes
}

// One character for each byte, as `atob` gives and `btoa` takes them.

export const toUtf8 = (text: string): string =>
  encodeURIComponent(wellFormed(text)).replace(/%(..)/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  )

/** Bytes that are no UTF-8 are left as they are. */
export function fromUtf8(bytes: string): string {
  try {
    return decodeURIComponent(bytes.replace(/[%\x80-\xff]/g, (byte) => `%${byte.charCodeAt(0).toString(16)}`))
  } catch {
    return bytes
  }
}
