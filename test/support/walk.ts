// Walks through the client on real sockets, and lists the functions that V8 saw running: one cold `connect()`, one message
// sent, one message received.

import { Session } from 'node:inspector'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { Worker } from 'node:worker_threads'
import WebSocket from 'ws'
import { createTicketSocket, type Platform, type SocketConstructor, UnifiedAuthService } from '../../src/index.ts'

/** A file that ran, from the repository's root: `src/auth/ticket.ts`. */
export interface WalkedFile {
  path: string
  functions: { name: string; calls: number }[]
}

export interface Stage {
  /** What the stage ends with. */
  name: string
  files: WalkedFile[]
}

export interface Walk {
  name: string
  stages: Stage[]
}

const root = fileURLToPath(new URL('../../', import.meta.url))
const source = pathToFileURL(`${root}src/`).href

/** Counts calls since it was asked before. Loading a module is no step of a walk. */
function startCounting() {
  const session = new Session()
  session.connect()
  // The session of the same thread answers before `post` returns.
  const post = <Answer>(method: string, parameters?: object): Answer => {
    let answer: Answer | undefined
    session.post(method, parameters, (error: Error | null, result: unknown) => {
      if (error) throw error
      answer = result as Answer
    })
    return answer as Answer
  }
  post('Profiler.enable')
  post('Profiler.startPreciseCoverage', { callCount: true, detailed: false })
  return {
    take(): WalkedFile[] {
      const { result } = post<{ result: ScriptCoverage[] }>('Profiler.takePreciseCoverage')
      return result.flatMap(walkedFile).sort((a, b) => (a.path < b.path ? -1 : 1))
    },
    stop: () => session.disconnect(),
  }
}

interface ScriptCoverage {
  url: string
  functions: { functionName: string; ranges: { startOffset: number; count: number }[] }[]
}

function walkedFile({ url, functions }: ScriptCoverage): WalkedFile[] {
  if (!url.startsWith(source)) return []
  const ran = functions.flatMap(({ functionName, ranges: [range] }) =>
    // The module itself starts at 0 and has no name.
    range && range.count > 0 && !(functionName === '' && range.startOffset === 0)
      ? [{ name: functionName || `(anonymous at ${range.startOffset})`, calls: range.count }]
      : [],
  )
  return ran.length === 0 ? [] : [{ path: `src/${url.slice(source.length)}`, functions: ran }]
}

async function startServer() {
  const worker = new Worker(new URL('./walk-server-process.ts', import.meta.url))
  const port = await new Promise<number>((resolve, reject) => worker.once('message', resolve).once('error', reject))
  return { origin: `127.0.0.1:${port}`, stop: () => worker.terminate() }
}

export async function walkThroughTheClient(): Promise<Walk[]> {
  const server = await startServer()
  const counting = startCounting()
  const stages: Stage[] = []
  const endStage = (name: string) => stages.push({ name, files: counting.take() })
  /** The environment marks where the client leaves it the turn: what it does in between is one stage. */
  class WatchedWebSocket extends WebSocket {
    constructor(url: string, protocols?: string | string[]) {
      endStage('dials')
      super(url, protocols)
    }
  }
  const platform: Partial<Platform> = {
    WebSocket: WatchedWebSocket as unknown as SocketConstructor,
    fetch(url, init) {
      endStage('requests a ticket')
      return fetch(url, init)
    },
  }
  const getToken = () => 'an-opaque-token'
  const auth = new UnifiedAuthService({ httpUrl: `http://${server.origin}`, getToken, ticketAuth: true, platform })
  const socket = createTicketSocket({ url: `ws://${server.origin}/ws`, auth, platform })
  const prefetched = new Promise<void>((resolve) => {
    auth.on('ticketIssued', ({ ahead }) => ahead && setImmediate(resolve))
  })
  const measured = new Promise<void>((resolve) => {
    socket.store.subscribe(({ rttMs }) => rttMs !== null && resolve())
  })
  const connect = new Promise<void>((resolve) => {
    socket.on('open', () => {
      endStage('opens')
      resolve()
    })
  })
  counting.take()
  socket.connect()
  await connect
  const connected = [...stages]
  // The client prefetches the next ticket meanwhile, and measures the round trip. Neither belongs to a message.
  await prefetched
  await measured
  stages.length = 0
  const answered = new Promise<void>((resolve) => {
    socket.onMessage('answer', () => {
      endStage('delivers it')
      resolve()
    })
  })
  counting.take()
  socket.send({ type: 'ask', text: 'why' })
  endStage('sends it')
  await answered
  const [out, into] = stages
  socket.dispose()
  auth.dispose()
  counting.stop()
  await server.stop()
  if (!out || !into) throw new Error('the walk ended early')
  return [
    { name: 'A cold connect()', stages: connected },
    { name: 'A message out', stages: [out] },
    { name: 'A message in', stages: [into] },
  ]
}

/** Each file once, with the calls of all stages. */
export function filesOf({ stages }: Walk): WalkedFile[] {
  const files = new Map<string, Map<string, number>>()
  for (const { path, functions } of stages.flatMap(({ files }) => files)) {
    const counts = files.get(path) ?? new Map<string, number>()
    files.set(path, counts)
    for (const { name, calls } of functions) counts.set(name, (counts.get(name) ?? 0) + calls)
  }
  return [...files].map(([path, counts]) => ({
    path,
    functions: [...counts].map(([name, calls]) => ({ name, calls })),
  }))
}

export const countOf = (files: readonly WalkedFile[]) => ({
  files: files.length,
  functions: files.reduce((sum, { functions }) => sum + functions.length, 0),
  calls: files.reduce((sum, { functions }) => sum + functions.reduce((of, { calls }) => of + calls, 0), 0),
})
