// Answers of a `fetch` that is no browser's: React Native and polyfills on XMLHttpRequest have no stream, node-fetch has Node's
// own, and a test double may have `json()` alone.

/** The parts of a `Response` that are used, each of which may be missing. */
export type AnyResponse = Partial<
  Pick<Response, 'body' | 'headers' | 'json' | 'text' | 'type' | 'url' | 'redirected'>
> &
  Pick<Response, 'ok' | 'status'>

/** Null: no such header, or no headers at all. Wrappers of other libraries have them as a plain object. */
export function headerOf({ headers }: Pick<AnyResponse, 'headers'>, name: string): string | null {
  if (typeof headers?.get === 'function') return headers.get(name)
  const value = Object.entries(headers ?? {}).find(([key]) => key.toLowerCase() === name)?.[1]
  return typeof value === 'string' ? value : null
}

/** The stream of a browser's `fetch`; null where the body is to be read whole. Without a decoder it cannot be read in parts. */
export const streamOf = ({ body }: AnyResponse): ReadableStream<Uint8Array> | null =>
  typeof body?.getReader === 'function' && typeof TextDecoder === 'function' ? body : null

/** The whole body. Without `text()` and `json()` a refusal is known by its status, and what is no refusal is no answer at all. */
export async function textOf(response: AnyResponse): Promise<string> {
  if (typeof response.text === 'function') return response.text()
  if (typeof response.json === 'function') return JSON.stringify(await response.json()) ?? ''
  if (response.ok !== false) throw new TypeError('fetch gave no Response: it has neither text() nor json().')
  return ''
}
