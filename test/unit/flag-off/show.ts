// Values as a record shows them: JSON, with errors by code. The words of an error are for people and stand in no record.

const isError = (value: unknown): value is Error & { code?: unknown; status?: unknown; retryAfterMs?: unknown } =>
  value instanceof Error

function describe(value: unknown): unknown {
  if (isError(value)) {
    const { code, status, retryAfterMs, cause } = value
    return {
      error: typeof code === 'string' ? code : value.name,
      status,
      retryAfterMs,
      cause: cause === undefined ? undefined : describe(cause),
    }
  }
  if (value instanceof ArrayBuffer) return `bytes ${[...new Uint8Array(value)].join(' ')}`
  if (ArrayBuffer.isView(value))
    return `bytes ${[...new Uint8Array(value.buffer, value.byteOffset, value.byteLength)].join(' ')}`
  if (value instanceof Blob) return `a Blob of ${value.size} bytes`
  if (value instanceof AbortSignal) return 'a signal'
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value === 'function') return 'a function'
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value)
  if (Array.isArray(value)) return value.map(describe)
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, describe(field)]))
  }
  return value
}

/** A long frame is cut: the record is read by people. */
const MAX_LENGTH = 400

export function show(value: unknown): string {
  const text = JSON.stringify(describe(value)) ?? 'undefined'
  return text.length <= MAX_LENGTH ? text : `${text.slice(0, MAX_LENGTH)}… (${text.length} characters)`
}
