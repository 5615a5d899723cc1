// Runs in the browser, on React's production build; `run.ts` says what is mounted when, and reads the time.

import { createRoot } from 'react-dom/client'
import { variants } from './variants.tsx'
import { BenchWebSocket, openSocket } from './wire.ts'

const MESSAGES = 10_000
/** Frames that arrive in one task. */
const PER_TASK = 10
const FRAMES = Array.from({ length: MESSAGES }, (_, n) =>
  JSON.stringify({ type: 'tick', n, text: 'some more to parse' }),
)

// react-use-websocket takes no constructor.
window.WebSocket = BenchWebSocket as unknown as typeof WebSocket

const task = () =>
  new Promise<void>((resolve) => {
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = () => {
      port1.close()
      resolve()
    }
    port2.postMessage(null)
  })

interface Mounted {
  /** Delivers all frames; resolves when React has nothing left to do, with the number of renders. */
  deliver(): Promise<number>
  unmount(): void
}

async function mount(name: string, readers: number): Promise<Mounted> {
  const variant = variants.find((one) => one.name === name)
  if (!variant) throw new TypeError(`there is no variant ${name}`)
  let renders = 0
  const container = document.body.appendChild(document.createElement('div'))
  const root = createRoot(container)
  root.render(<variant.Tree readers={readers} onRender={() => renders++} />)
  const socket = await openSocket()
  // The first frame opens the connection for good; the second is the first that everybody hears.
  for (const _ of [1, 2]) {
    socket.deliver(JSON.stringify({ type: 'tick', n: -1 }))
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  return {
    async deliver() {
      const before = renders
      for (let at = 0; at < MESSAGES; at += PER_TASK) {
        for (const frame of FRAMES.slice(at, at + PER_TASK)) socket.deliver(frame)
        await task()
      }
      const { textContent } = container
      if (variant.shows && textContent !== '9'.repeat(readers)) throw new Error(`${name} shows ${textContent}`)
      return renders - before
    },
    unmount() {
      root.unmount()
      container.remove()
    },
  }
}

export interface Bench {
  names: string[]
  mount(name: string, readers: number): Promise<void>
  deliver(): Promise<number>
  unmount(): void
}

let mounted: Mounted | null = null

const bench: Bench = {
  names: variants.map(({ name }) => name),
  async mount(name, readers) {
    mounted = await mount(name, readers)
  },
  deliver: () => mounted?.deliver() ?? Promise.reject(new Error('nothing is mounted')),
  unmount: () => mounted?.unmount(),
}
Object.assign(window, { bench })
