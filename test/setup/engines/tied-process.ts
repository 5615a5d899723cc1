// Programs that cannot outlive the process that started them. A test process may be killed without a last word, and no browser
// would notice: a shell waits for the end of a pipe, and ends the program's process group.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable } from 'node:stream'

const TIED = `{ read -r _ <&3; kill -KILL 0; } & exec "$@" 3<&-`

export interface TiedProcess {
  /** What it writes to its file descriptor 4. */
  readonly reports: Readable
  /** Rejects when the program ends, with what it has written to its error output. */
  readonly ended: Promise<never>
  /** Ends it and all that it has started, and waits for that. */
  end(): Promise<void>
}

export function startTied(command: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env): TiedProcess {
  const child: ChildProcess = spawn('sh', ['-c', TIED, 'sh', command, ...args], {
    detached: true,
    env,
    stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe'],
  })
  let errors = ''
  child.stderr?.on('data', (chunk) => {
    errors += chunk
  })
  const exited = once(child, 'exit')
  const ended = exited.then(([code, signal]) => {
    throw new Error(`${command} has ended (${signal ?? `exit code ${code}`}).\n${errors}`)
  })
  ended.catch(() => {})
  return {
    reports: child.stdio[4] as Readable,
    ended,
    async end() {
      if (child.pid !== undefined) killGroup(child.pid)
      await exited
    },
  }
}

/** Ties a process group that something else has started. The result unties it. */
export function tieGroup(leader: number): () => void {
  const shell = spawn('sh', ['-c', 'read -r _ <&3; kill -KILL "-$1"', 'sh', String(leader)], {
    detached: true,
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  })
  return () => void shell.kill('SIGKILL')
}

function killGroup(pid: number) {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
