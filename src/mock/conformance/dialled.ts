// One connection of a rule: its received frames, and waits for more.

import { type Message, SUBPROTOCOL } from '../../contract/wire.ts'
import { setRealTimer } from '../real-time.ts'
import { BrokenRule } from './outcome.ts'

export interface Ending {
  code: number
  reason: string
}

export interface Dialled {
  readonly protocol: string
  readonly messages: readonly Message[]
  /** The next message of this type that has not been waited for yet. */
  next(type: string): Promise<Message>
  /** Its end; 1006 for one that never opened. */
  ended(): Promise<Ending>
  /** The outcome: `open`, or the end, such as `4401 ticket_invalid`. */
  outcome(): Promise<string>
  opened(): Promise<void>
  send(message: Message | string | Uint8Array<ArrayBuffer>): void
  /** Answers a ping: the connection is alive, and everything before has been seen to. */
  alive(): Promise<void>
  close(): void
}

const PLAIN_SETTLES_MS = 150

export function watchSocket(socket: WebSocket, timeoutMs: number): Dialled {
  const messages: Message[] = []
  const unread: Message[] = []
  const changes = new Set<() => void>()
  let ending: Ending | null = null
  let isOpen = false
  let isSettled = false

  const changed = () => {
    for (const look of [...changes]) look()
  }
  socket.addEventListener('open', () => {
    isOpen = true
    changed()
    if (socket.protocol === SUBPROTOCOL) return
    // Without the frames of the protocol nothing says that a connection was accepted, but that it stays.
    setRealTimer(() => {
      isSettled = true
      changed()
    }, PLAIN_SETTLES_MS)
  })
  socket.addEventListener('message', ({ data }) => {
    const message = parse(data)
    messages.push(message)
    unread.push(message)
    changed()
  })
  socket.addEventListener('close', ({ code, reason }) => {
    ending = { code, reason }
    changed()
  })

  function until<Found>(what: string, look: () => Found | null): Promise<Found> {
    return new Promise((resolve, reject) => {
      const settle = (act: () => void) => {
        changes.delete(tryAgain)
        stop()
        act()
      }
      const stop = setRealTimer(
        () => settle(() => reject(new BrokenRule(`${what} did not come within ${timeoutMs} ms`))),
        timeoutMs,
      )
      const tryAgain = () => {
        const found = look()
        const end = ending
        if (found !== null) settle(() => resolve(found))
        else if (end)
          settle(() => reject(new BrokenRule(`${what} did not come; the connection ended with ${words(end)}`)))
      }
      changes.add(tryAgain)
      tryAgain()
    })
  }

  const dialled: Dialled = {
    get protocol() {
      return socket.protocol
    },
    messages,
    next: (type) =>
      until(`a message of the type ${type}`, () => {
        const at = unread.findIndex((message) => message.type === type)
        return at < 0 ? null : (unread.splice(at, 1)[0] ?? null)
      }),
    ended: () => until('the end of the connection', () => ending),
    outcome: () =>
      until('an outcome of the connection', () => {
        if (ending) return words(ending)
        return messages.length > 0 || isSettled ? 'open' : null
      }),
    opened: () => until('the opening of the connection', () => (isOpen ? undefined : null)) as Promise<void>,
    send(message) {
      const isData = typeof message === 'string' || message instanceof Uint8Array
      socket.send(isData ? message : JSON.stringify(message))
    },
    async alive() {
      dialled.send({ type: 'ts:ping', timestamp: 1 })
      await dialled.next('ts:pong')
    },
    close: () => socket.close(),
  }
  return dialled
}

const words = ({ code, reason }: Ending) => (reason ? `${code} ${reason}` : String(code))

function parse(data: unknown): Message {
  if (typeof data !== 'string') return { type: '(binary)' }
  try {
    const value: unknown = JSON.parse(data)
    if (typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string')
      return value as Message
  } catch {}
  return { type: '(text)' }
}
