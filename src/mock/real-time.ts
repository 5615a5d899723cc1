// Real time, also if a test replaces the global timers after this module was loaded. For a test's own waits; the backend uses its
// own clock.

const {
  setTimeout: setRealTimeout,
  clearTimeout: clearRealTimeout,
  setImmediate: setRealImmediate,
  MessageChannel: RealMessageChannel,
} = globalThis

/** Calls back after `delayMs` of real time; returns the function that prevents it. */
export function setRealTimer(callback: () => void, delayMs: number): () => void {
  const timer = setRealTimeout(callback, delayMs)
  return () => clearRealTimeout(timer)
}

/** A browser holds nested timers back for 4 ms each, and messages on a channel not at all. */
function nextTask(callback: () => void) {
  if (typeof setRealImmediate === 'function') setRealImmediate(callback)
  else if (typeof RealMessageChannel === 'function') {
    const { port1, port2 } = new RealMessageChannel()
    port1.onmessage = () => {
      port1.close()
      callback()
    }
    port2.postMessage(null)
  } else setRealTimeout(callback, 0)
}

/** Streams take several turns of the loop. */
const QUIET_TURNS = 4
/** What a scenario holds back for ever is waited for no longer. */
const MOST_TURNS = 200

/** Work that a browser may do on another thread, with the number of turns for which it is still waited for. */
const elsewhere = new Map<object, number>()

/** The same promise. Until it settles, `settled()` waits. */
export function workElsewhere<T>(work: Promise<T>): Promise<T> {
  const key = {}
  elsewhere.set(key, MOST_TURNS)
  return work.finally(() => elsewhere.delete(key))
}

const READING = ['arrayBuffer', 'blob', 'json', 'text'] as const

/** The same response. A browser reads bodies on another thread. */
export function readElsewhere(response: Response): Response {
  for (const name of READING) {
    const read: () => Promise<unknown> = response[name].bind(response)
    Object.defineProperty(response, name, { value: () => workElsewhere(read()), configurable: true })
  }
  const { body } = response
  const getReader = body?.getReader?.bind(body)
  if (!body || !getReader) return response
  const getCountedReader = (...given: []) => {
    const reader = getReader(...given)
    const read = reader.read.bind(reader)
    return Object.defineProperty(reader, 'read', { value: (...given: []) => workElsewhere(read(...given)) })
  }
  Object.defineProperty(body, 'getReader', { value: getCountedReader, configurable: true })
  return response
}

function isWorkElsewhere(): boolean {
  const isAny = elsewhere.size > 0
  for (const [key, turnsLeft] of elsewhere) {
    if (turnsLeft === 1) elsewhere.delete(key)
    else elsewhere.set(key, turnsLeft - 1)
  }
  return isAny
}

/** Resolves once every chain of promises has ended that waits for nothing but such work. */
export async function settled(): Promise<void> {
  for (let quiet = 0; quiet < QUIET_TURNS; quiet = isWorkElsewhere() ? 0 : quiet + 1) await new Promise<void>(nextTask)
}
