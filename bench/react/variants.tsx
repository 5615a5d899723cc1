// Ways to show a value that is picked from a stream of messages. Each makes its connection when mounted.

import { useCallback, useMemo, useRef, useSyncExternalStore } from 'react'
import imported from 'react-use-websocket'
import {
  type CredentialSource,
  createTicketSocket,
  type Grant,
  type Message,
  type SocketConstructor,
} from 'ticket-socket'
import { TicketSocketProvider, useLatestMessage, useTicketSocket } from 'ticket-socket/react'
import { BenchWebSocket } from './wire.ts'

const URL = 'wss://bench.test/ws'

// Bundlers differ in what the default import of a CommonJS package is.
const useWebSocket = (
  typeof imported === 'function' ? imported : (imported as { default: unknown }).default
) as typeof imported.default

/** Dials without a credential: what an app pays for tickets is not the question here. */
const auth: CredentialSource = {
  acquire: async (): Promise<Grant> => ({
    method: 'none',
    userId: null,
    steppedDown: null,
    url: (base) => base,
    protocols: () => [],
    refreshFrame: () => null,
    redact: (text) => text,
    report: () => {},
  }),
  keepPrefetched: () => () => {},
  onSessionChange: () => () => {},
  onReverted: () => () => {},
}
const platform = { WebSocket: BenchWebSocket as unknown as SocketConstructor }

const pick = (message: Message) => Math.floor(Number(message.n) / 1_000)

interface Variant {
  name: string
  /** Whether the readers show the picked value. */
  shows: boolean
  /** Mounts this many readers. `onRender` is called by each of them for each render. */
  Tree(props: { readers: number; onRender: () => void }): React.ReactNode
}

interface ReaderProps {
  onRender: () => void
}

function Hook({ onRender }: ReaderProps) {
  onRender()
  return <p>{useLatestMessage('tick', pick)}</p>
}

/** What somebody writes who knows `useSyncExternalStore` and needs just this. */
function HandWritten({ onRender }: ReaderProps) {
  onRender()
  const { socket } = useTicketSocket()
  const picked = useRef<number | null>(null)
  const subscribe = useCallback(
    (changed: () => void) =>
      socket.onMessage('tick', (message) => {
        picked.current = pick(message)
        changed()
      }),
    [socket],
  )
  const value = useSyncExternalStore(
    subscribe,
    () => picked.current,
    () => null,
  )
  return <p>{value}</p>
}

function Nothing({ onRender }: ReaderProps) {
  onRender()
  return <p />
}

function ReactUseWebSocket({ onRender }: ReaderProps) {
  onRender()
  const { lastJsonMessage } = useWebSocket<Message | null>(URL, { share: true })
  return <p>{lastJsonMessage && pick(lastJsonMessage)}</p>
}

const many = (count: number, Reader: (props: ReaderProps) => React.ReactNode, onRender: () => void) =>
  Array.from({ length: count }, (_, index) => <Reader key={String(index)} onRender={onRender} />)

const onTicketSocket = (name: string, Reader: (props: ReaderProps) => React.ReactNode, shows = true): Variant => ({
  name,
  shows,
  Tree({ readers, onRender }) {
    const socket = useMemo(() => createTicketSocket({ url: URL, auth, platform }), [])
    return <TicketSocketProvider socket={socket}>{many(readers, Reader, onRender)}</TicketSocketProvider>
  },
})

export const variants: readonly Variant[] = [
  onTicketSocket('nobody listens', Nothing, false),
  onTicketSocket('hand-written', HandWritten),
  onTicketSocket('useLatestMessage', Hook),
  {
    name: 'react-use-websocket',
    shows: true,
    Tree: ({ readers, onRender }) => many(readers, ReactUseWebSocket, onRender),
  },
]
