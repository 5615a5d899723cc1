// What this library uses of crossws 0.4, as types of its own: nothing of that package is imported, so that each runtime brings the
// adapter that it has.

export interface CrosswsPeer {
  readonly request: Request
  /** What `upgrade` left for this connection. */
  readonly context: Record<string, unknown>
  readonly bufferedAmount?: number | undefined
  /** The runtime's own socket. */
  readonly websocket?: object | undefined
  send(data: string | Uint8Array): unknown
  close(code?: number, reason?: string): void
  terminate(): void
  ping?(): unknown
}

export interface CrosswsMessage {
  readonly rawData: unknown
  uint8Array(): Uint8Array
}

/** For `defineWebSocketHandler` of H3 and Nitro, or the `hooks` of an adapter of crossws. */
export interface CrosswsHooks {
  upgrade(request: Request): Promise<{ headers: Record<string, string>; context: Record<string, unknown> } | Response>
  open(peer: CrosswsPeer): void
  message(peer: CrosswsPeer, message: CrosswsMessage): void
  close(peer: CrosswsPeer, details: { code?: number | undefined; reason?: string | undefined }): void
  error(peer: CrosswsPeer): void
  /** Of the WebSocket protocol itself, where the runtime reports them. */
  ping(peer: CrosswsPeer): void
  pong(peer: CrosswsPeer): void
}
