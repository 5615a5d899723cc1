// The two seams to the network: `fetch` and `WebSocket`. What crosses them is written, and nothing is changed.

import type { Fetch, SocketConstructor } from '../../../src/index.ts'
import type { Recorder } from './recorder.ts'
import { show } from './show.ts'

export function recordedFetch(fetch: Fetch, { write }: Recorder): Fetch {
  return async (url, init) => {
    const { method = 'GET', headers, body, signal: _, ...settings } = init
    const named = [...new Headers(headers)].map(([name, value]) => (name === 'accept' ? `${name}: ${value}` : name))
    write('request', `${method} ${url} headers ${show(named)} body ${show(body)} ${show(settings)}`)
    try {
      const response = await fetch(url, init)
      write('answer', `${response.status} to ${method} ${url}`)
      return response
    } catch (error) {
      write('no answer', `${(error as Error).name} to ${method} ${url}`)
      throw error
    }
  }
}

/** The class whose sockets write what they are asked for and what comes in, each with the number of its dial. */
export function recordedWebSocket(Base: typeof WebSocket, { write }: Recorder): SocketConstructor {
  let dials = 0
  class RecordedWebSocket extends Base {
    readonly #number: number

    constructor(url: string | URL, protocols?: string | string[]) {
      super(url, protocols)
      this.#number = ++dials
      write(`dial ${this.#number}`, `${url} offers ${show(protocols ?? [])}`)
    }

    override send(data: string | ArrayBufferLike | ArrayBufferView<ArrayBuffer> | Blob): void {
      write(`sends ${this.#number}`, textOf(data))
      super.send(data as string)
    }

    override close(code?: number, reason?: string): void {
      if (this.readyState < this.CLOSING) write(`closes ${this.#number}`, [code, reason].filter(isGiven).join(' '))
      super.close(code, reason)
    }

    override dispatchEvent(event: Event): boolean {
      if (event.type === 'open') write(`opened ${this.#number}`, `selected ${show(this.protocol)}`)
      if (event.type === 'error') write(`error ${this.#number}`, '')
      if (event instanceof MessageEvent) write(`hears ${this.#number}`, textOf(event.data))
      if (event.type === 'close') {
        const { code, reason, wasClean } = event as CloseEvent
        write(`closed ${this.#number}`, `${code} ${show(reason)} ${wasClean ? 'clean' : 'not clean'}`)
      }
      return super.dispatchEvent(event)
    }
  }
  return RecordedWebSocket as unknown as SocketConstructor
}

const isGiven = (value: unknown) => value !== undefined && value !== ''
/** A text as it stands on the wire. */
const textOf = (data: unknown) => (typeof data === 'string' && data.length < 400 ? data : show(data))
