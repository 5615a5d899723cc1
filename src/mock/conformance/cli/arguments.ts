// Parses the command line into a target, or into an error message.

import { parseArgs } from 'node:util'
import { type ConformanceTarget, resolveTarget } from '../target.ts'

export type Command =
  | { kind: 'run'; target: ConformanceTarget; json: boolean }
  | { kind: 'help' }
  | { kind: 'wrong'; message: string }

export const USAGE = `Holds a backend to the contract of ticket-socket, and tells which rules of PROTOCOL.md it keeps.

  ticket-socket-conformance <http-url> <ws-url> --token <jwt> [options]

  --token <jwt>             of a test user; or in TICKET_SOCKET_TOKEN, which the shell's history does not keep
  --other-token <jwt>       of another user; or in TICKET_SOCKET_OTHER_TOKEN
  --token-command <command> prints a new JWT of the first user: for the rules about revoke-all
  --restart-command <command> restarts the server: for the rule about deployments, which is tried last
  --base-path <path>        where the endpoints are mounted (default /websocket)
  --origin <origin>         that the server allows: sent with everything
  --foreign-origin <origin> that it refuses (default https://foreign.example)
  --slow                    also checks rules that take half a minute or more
  --library-limits          also checks the limits that ticket-socket's own server sets
  --timeout <ms>            how long to wait for an answer (default 5000)
  --json                    prints the report as JSON
  --help

It requests, uses and revokes tickets of the users. Use accounts that are made for tests.
The exit code is 0 when no rule is broken, 1 when one is, 2 when nothing could be checked.`

const OPTIONS = {
  token: { type: 'string' },
  'other-token': { type: 'string' },
  'token-command': { type: 'string' },
  'restart-command': { type: 'string' },
  'base-path': { type: 'string' },
  origin: { type: 'string' },
  'foreign-origin': { type: 'string' },
  slow: { type: 'boolean' },
  'library-limits': { type: 'boolean' },
  timeout: { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean' },
} as const

export interface Surroundings {
  env: Readonly<Record<string, string | undefined>>
  /** What a command prints. */
  outputOf(command: string): string
  wait(ms: number): Promise<void>
}

/** Never throws. The error message holds no token. */
export function parseCommand(argv: readonly string[], { env, outputOf, wait }: Surroundings): Command {
  try {
    const { values, positionals } = parseArgs({ args: [...argv], options: OPTIONS, allowPositionals: true })
    if (values.help) return { kind: 'help' }
    const [httpUrl, wsUrl, ...more] = positionals
    if (httpUrl === undefined || wsUrl === undefined) return wrong('Two addresses are needed: <http-url> <ws-url>.')
    // Not quoted: it may be a token without its option.
    if (more.length > 0) return wrong(`Two addresses are needed, and nothing else; ${positionals.length} were given.`)
    const token = values.token ?? env.TICKET_SOCKET_TOKEN
    if (!token) return wrong('A JWT is needed: --token <jwt>, or TICKET_SOCKET_TOKEN in the environment.')
    const otherToken = values['other-token'] ?? env.TICKET_SOCKET_OTHER_TOKEN
    const timeoutMs = values.timeout === undefined ? undefined : Number(values.timeout)
    if (timeoutMs !== undefined && !(timeoutMs >= 1)) return wrong('--timeout is a number of milliseconds, 1 or more.')
    const tokenCommand = values['token-command']
    const restartCommand = values['restart-command']
    let current = token
    const target: ConformanceTarget = {
      httpUrl,
      wsUrl,
      token: () => current,
      ...(otherToken && { otherToken }),
      ...(tokenCommand !== undefined && {
        renewToken() {
          current = outputOf(tokenCommand).trim()
          return current
        },
      }),
      ...(restartCommand !== undefined && { restart: () => void outputOf(restartCommand) }),
      ...(values['base-path'] !== undefined && { basePath: values['base-path'] }),
      ...(values.origin !== undefined && { origin: values.origin }),
      foreignOrigin: values['foreign-origin'] ?? 'https://foreign.example',
      ...(values.slow && { passTime: wait }),
      ...(values['library-limits'] && { libraryLimits: true }),
      ...(timeoutMs !== undefined && { timeoutMs }),
    }
    resolveTarget({ ...target, token })
    return { kind: 'run', target, json: values.json ?? false }
  } catch (error) {
    return wrong((error as Error).message)
  }
}

const wrong = (message: string): Command => ({ kind: 'wrong', message })
