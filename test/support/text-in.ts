/** Everything in it that is text, whatever hides it: fields of errors are not enumerable. */
export function textIn(value: unknown, depth = 0): string {
  if (typeof value === 'string') return value
  if (typeof value !== 'object' || value === null || depth > 6) return ''
  let text = String((value as { toJSON?: unknown }).toJSON ? JSON.stringify(value) : '')
  for (const key of Object.getOwnPropertyNames(value)) {
    text += ` ${textIn((value as Record<string, unknown>)[key], depth + 1)}`
  }
  return text
}
