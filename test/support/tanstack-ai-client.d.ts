/** The part of @tanstack/ai-client that a test uses: its WebSocket connection. The package's own types bring a whole SDK along. */
declare module '@tanstack/ai-client' {
  interface Chunk {
    type: string
    delta?: string
  }
  interface RunContext {
    threadId: string
    runId: string
  }
  interface Connection {
    subscribe(signal: AbortSignal): AsyncIterable<Chunk>
    send(messages: object[], data: object | undefined, signal: AbortSignal, run: RunContext): Promise<void>
  }
  export function webSocket(
    url: string | (() => string),
    options: { WebSocketImpl: typeof WebSocket; protocols?: string[] },
  ): Connection
}
