// A WebSocket class without a network: what is measured is what the page does with a frame that has arrived.

/** The newest, and so the one that the present variant has made. */
let newest: BenchWebSocket | null = null

export class BenchWebSocket extends EventTarget {
  static readonly CONNECTING = 0
  static readonly OPEN = 1
  static readonly CLOSING = 2
  static readonly CLOSED = 3
  readonly protocol = ''
  readonly extensions = ''
  readonly bufferedAmount = 0
  binaryType: BinaryType = 'blob'
  readyState = BenchWebSocket.CONNECTING
  onopen: ((event: Event) => void) | null = null
  onmessage: ((event: MessageEvent) => void) | null = null
  onclose: ((event: Event) => void) | null = null
  onerror: ((event: Event) => void) | null = null

  readonly url: string

  constructor(url: string) {
    super()
    this.url = url
    newest = this
    setTimeout(() => {
      this.readyState = BenchWebSocket.OPEN
      this.#say(new Event('open'))
    })
  }

  send(): void {}

  close(): void {
    this.readyState = BenchWebSocket.CLOSED
    this.#say(new CloseEvent('close', { code: 1000, wasClean: true }))
  }

  deliver(data: string): void {
    this.#say(new MessageEvent('message', { data }))
  }

  #say(event: Event) {
    const handler = this[`on${event.type}` as 'onmessage']
    handler?.call(this, event as MessageEvent)
    this.dispatchEvent(event)
  }
}

/** The open socket of the variant that is mounted; waits for it. */
export async function openSocket(): Promise<BenchWebSocket> {
  while (newest?.readyState !== BenchWebSocket.OPEN) await new Promise((resolve) => setTimeout(resolve))
  return newest
}
