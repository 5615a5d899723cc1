// An app's configuration from the contract's three environment variables. Constructors read no environment: an app asks for it
// here, once.

import { absoluteUrl } from '../platform/option-checks.ts'

export interface EnvConfig {
  /** `NEXT_PUBLIC_ENABLE_TICKET_AUTH`; off unless it says `true`. */
  ticketAuth: boolean
  /** `NEXT_PUBLIC_BACKEND_HTTP_URL` */
  httpUrl: string | undefined
  /** `NEXT_PUBLIC_BACKEND_WS_URL` */
  webSocketUrl: string | undefined
}

export type Env = Partial<Record<keyof typeof READ, string | undefined>>

// Bundlers replace these expressions as they are spelled; without a bundler, `process` may not exist.
const READ = {
  NEXT_PUBLIC_ENABLE_TICKET_AUTH: () => process.env.NEXT_PUBLIC_ENABLE_TICKET_AUTH,
  NEXT_PUBLIC_BACKEND_HTTP_URL: () => process.env.NEXT_PUBLIC_BACKEND_HTTP_URL,
  NEXT_PUBLIC_BACKEND_WS_URL: () => process.env.NEXT_PUBLIC_BACKEND_WS_URL,
}

function fromProcess(name: keyof typeof READ): string | undefined {
  try {
    return READ[name]()
  } catch {
    return undefined
  }
}

/**
 * Reads and checks the environment. Throws a `TypeError` that names the wrong variable.
 *
 * @example
 * ```ts
 * import { configFromEnv, UnifiedAuthService } from 'ticket-socket'
 *
 * declare const session: { jwt: string | null }
 * const { ticketAuth, httpUrl = 'https://api.example.com' } = configFromEnv()
 * const auth = new UnifiedAuthService({ httpUrl, ticketAuth, getToken: () => session.jwt })
 * ```
 */
export function configFromEnv(env?: Env): EnvConfig {
  const read = (name: keyof typeof READ) => {
    const value: unknown = env ? env[name] : fromProcess(name)
    if (value === undefined) return undefined
    if (typeof value !== 'string')
      throw new TypeError(`${name} must be a string, got ${value === null ? 'null' : typeof value}`)
    return value.trim() || undefined
  }
  const url = (name: keyof typeof READ, schemes: readonly [string, string]) => {
    const value = read(name)
    if (value !== undefined) absoluteUrl(name, value, { schemes })
    return value
  }
  const flag = read('NEXT_PUBLIC_ENABLE_TICKET_AUTH')?.toLowerCase() ?? 'false'
  if (!['true', 'false', '1', '0'].includes(flag)) {
    throw new TypeError(`NEXT_PUBLIC_ENABLE_TICKET_AUTH must be true or false, got "${flag.slice(0, 40)}"`)
  }
  return {
    ticketAuth: flag === 'true' || flag === '1',
    httpUrl: url('NEXT_PUBLIC_BACKEND_HTTP_URL', ['https:', 'http:']),
    webSocketUrl: url('NEXT_PUBLIC_BACKEND_WS_URL', ['wss:', 'ws:']),
  }
}
