export type Posted<T> = { kind: 'ok'; value: T } | { kind: 'refused'; status: number } | { kind: 'unreachable' }

/** Never rejects. The answer is of the demo's own server, so its shape is not checked. */
export async function postJson<T>(path: string, body: object): Promise<Posted<T>> {
  try {
    const response = await fetch(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    return response.ok
      ? { kind: 'ok', value: (await response.json()) as T }
      : { kind: 'refused', status: response.status }
  } catch {
    return { kind: 'unreachable' }
  }
}
