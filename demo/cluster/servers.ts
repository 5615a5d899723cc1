import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { ServerEvent } from '../../src/server/index.ts'

export interface ServerSettings {
  redisSocket: string
  secret: string
}

/** Messages of a server to the process that started it. */
export type ServerMessage = { port: number } | { event: ServerEvent }

export interface RunningServer {
  readonly name: string
  readonly port: number
  /** Stops it as a deployment does, and waits until it has moved its connections and ended. */
  stop(): Promise<void>
}

/** Starts a server in its own process. `onEvent` receives its events. */
export async function startServer(
  name: string,
  settings: ServerSettings,
  onEvent: (name: string, event: ServerEvent) => void,
): Promise<RunningServer> {
  const child: ChildProcess = fork(join(import.meta.dirname, 'server-process.ts'), [JSON.stringify(settings)])
  const ended = once(child, 'exit')
  const port = await new Promise<number>((resolve, reject) => {
    child.on('message', (message: ServerMessage) => {
      if ('port' in message) resolve(message.port)
      else onEvent(name, message.event)
    })
    child.once('exit', (code) => reject(new Error(`server ${name} ended with ${code}`)))
  })
  return {
    name,
    port,
    async stop() {
      child.kill('SIGTERM')
      await ended
    },
  }
}
