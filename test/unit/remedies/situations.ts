// The states in which an error may be shown: a page of each, on the mock backend.

import type { TicketSocketOptions, UnifiedAuthServiceOptions } from '../../../src/index.ts'
import type { MockBackendOptions, Scenario } from '../../../src/mock/index.ts'
import { arrange } from '../../support/arrange.ts'

export type Page = ReturnType<typeof arrange>

export const STATES = ['tickets on', 'flag off', 'fallen back', 'reverted', 'chain without jwt', 'signed out'] as const
export type State = (typeof STATES)[number]

/** What is true of a page when an error is shown. */
export interface Situation {
  state: State
  isOn: boolean
  isReverted: boolean
  isSignedIn: boolean
  hasJwt: boolean
  asksForPermissions: boolean
}

export const answering = (status: number, headers: Record<string, string> = {}): Scenario => ({
  name: `answering${status}`,
  start: () => ({ http: () => new Response('{}', { status, headers }) }),
})

export interface Setting {
  auth?: Partial<UnifiedAuthServiceOptions>
  socket?: Partial<TicketSocketOptions>
  backend?: Partial<MockBackendOptions>
  withPermissions: boolean
}

const nothing = () => {}
const SILENT = { debug: nothing, info: nothing, warn: nothing, error: nothing }

const AUTH_OF: Record<State, Partial<UnifiedAuthServiceOptions>> = {
  'tickets on': {},
  'flag off': { ticketAuth: false },
  'fallen back': {},
  reverted: {},
  'chain without jwt': { chain: ['ticket'] },
  'signed out': {},
}

/** A page that is connected as far as its state allows, and the state as it is at any later moment. */
export async function pageIn(state: State, { auth, socket, backend, withPermissions }: Setting) {
  const page = arrange({
    wrap: (platform) => ({ ...platform, logger: SILENT }),
    auth: {
      ...AUTH_OF[state],
      ...(withPermissions && { ticket: { permissions: ['chat'] } }),
      refreshToken: () => null,
      requestTimeoutMs: 2_000,
      tokenTimeoutMs: 2_000,
      stepDownAfterMs: 500,
      ...auth,
    },
    socket: { openTimeoutMs: 2_000, ...socket },
    ...(backend && { backend }),
  })
  const heal = page.backend.use(
    ...(state === 'fallen back' ? [answering(503)] : []),
    ...(state === 'reverted' ? [answering(501)] : []),
  )
  await page.connect()
  heal()
  if (state === 'signed out') {
    page.session.jwt = null
    page.auth.handleLogout()
  }
  page.told.length = 0
  return { page, situation: () => situationOf(page, state, withPermissions) }
}

function situationOf({ auth, session, socket }: Page, begun: State, asksForPermissions: boolean): Situation {
  const { reverted } = auth.store.getState()
  const { method } = socket.store.getState()
  const hasJwt = begun !== 'chain without jwt'
  const isOn = begun !== 'flag off'
  const isSignedIn = session.jwt !== null
  const state = ((): State => {
    if (!isSignedIn) return 'signed out'
    if (!isOn) return 'flag off'
    if (!hasJwt) return 'chain without jwt'
    if (reverted) return 'reverted'
    return method === 'jwt' ? 'fallen back' : 'tickets on'
  })()
  return { state, isOn, isReverted: reverted, isSignedIn, hasJwt, asksForPermissions }
}
