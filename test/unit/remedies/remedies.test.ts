// The remedy in every error is true in the state in which it is shown: the real client, in each state, meets each fault by
// each of its calls; whatever it shows is held to rules about its words.

import { beforeAll, expect, test } from 'vitest'
import { ERROR_CODES } from '../../../src/contract/errors.ts'
import { TicketSocketError, type TicketSocketErrorCode } from '../../../src/index.ts'
import { createWitness, OTHER_CALLS, type Shown, TICKET_CALLS } from './calls.ts'
import { APP_FAULTS, CONNECTION_FAULTS, HTTP_FAULTS } from './faults.ts'
import { flawsOf } from './flaws.ts'
import { type Page, pageIn, type Setting, type Situation, STATES, type State } from './situations.ts'
import { UNREACHABLE } from './unreachable.ts'

const all: (Shown & { fault: string })[] = []

type Witness = ReturnType<typeof createWitness>
interface Run {
  state: State
  fault: string
  setting?: Partial<Setting>
}

async function meet({ state, fault, setting }: Run, work: (page: Page, witness: Witness) => Promise<void>) {
  const { page, situation } = await pageIn(state, { withPermissions: false, ...setting })
  const witness = createWitness(page, situation)
  // None that lies here may serve instead.
  page.auth.clearTicketCache()
  await work(page, witness)
  witness.look()
  page.socket.dispose()
  page.auth.dispose()
  all.push(...witness.shown.map((shown) => ({ ...shown, fault })))
}

const ticketCalls = Object.keys(TICKET_CALLS) as (keyof typeof TICKET_CALLS)[]
const otherCalls = Object.keys(OTHER_CALLS) as (keyof typeof OTHER_CALLS)[]

async function meetHttpFaults(state: State, setting: Partial<Setting> = {}) {
  for (const [fault, put] of Object.entries(HTTP_FAULTS)) {
    await meet({ state, fault, setting }, async (page, witness) => {
      put(page)
      for (const name of [...ticketCalls, ...otherCalls]) {
        await witness.make(name, 17_000)
        // What the next call meets is the same state.
        if (state !== 'reverted') page.auth.resetTicketFailures()
      }
      page.socket.reconnect()
      await page.clock.advance(20_000)
    })
  }
}

async function meetConnectionFaults(state: State, auth: Setting['auth'] = {}) {
  const setting = { auth, socket: { reconnect: { maxRetries: 2 }, closeCodes: { 3999: 'stop' } as const } }
  for (const [fault, put] of Object.entries(CONNECTION_FAULTS)) {
    await meet({ state, fault, setting }, async (page, witness) => {
      put(page)
      const isAtUpgrade = /^refuses|upgrade$/.test(fault)
      if (isAtUpgrade) page.socket.reconnect()
      await page.clock.advance(40_000)
      if (isAtUpgrade) await witness.make('ticketWebSocket', 3_000)
    })
  }
}

async function meetAppFaults(state: State) {
  for (const [fault, { break: put, callbacks }] of Object.entries(APP_FAULTS)) {
    // What ends the session can be met once.
    const isLast = fault.includes('meanwhile')
    const names = [...ticketCalls, ...otherCalls]
    for (const together of isLast ? names.map((name) => [name]) : [names]) {
      let isBroken = false
      const setting = callbacks?.(() => isBroken) ?? {}
      await meet({ state, fault, setting }, async (page, witness) => {
        isBroken = true
        put(page)
        const caller = new AbortController()
        if (fault === 'the caller cancels') caller.abort()
        if (!isLast) page.socket.reconnect()
        await page.clock.advance(isLast ? 0 : 3_000)
        for (const name of together) await witness.make(name, 3_000, caller.signal)
      })
    }
  }
}

beforeAll(async () => {
  for (const state of STATES) {
    await meetHttpFaults(state)
    await meetConnectionFaults(state)
    await meetAppFaults(state)
  }
  await meetHttpFaults('tickets on', { withPermissions: true })
  await meetHttpFaults('tickets on', { auth: { maxTicketFailures: 1 } })
  await meetConnectionFaults('tickets on', { maxTicketFailures: 1 })
}, 60_000)

test('every error says what to do, and that is true where and when it is shown', () => {
  expect(all.length).toBeGreaterThan(3_000)
  const flawed = all.flatMap((shown) =>
    flawsOf(shown).map(
      (flaw) => `${shown.situation.state}, ${shown.call}, ${shown.where}: "${shown.error.message}" ${flaw}`,
    ),
  )
  expect([...new Set(flawed)]).toEqual([])
})

test('every code is shown in every state, or it is known why not', () => {
  const reached = new Set(all.map(({ error, situation }) => `${error.code} | ${situation.state}`))
  const pairs = ERROR_CODES.flatMap((code) => STATES.map((state) => [code, state] as const))
  const known = (code: TicketSocketErrorCode, state: State) => UNREACHABLE[code]?.[state] !== undefined
  const missing = pairs.filter(([code, state]) => !known(code, state) && !reached.has(`${code} | ${state}`))
  const reachedAllTheSame = pairs.filter(([code, state]) => known(code, state) && reached.has(`${code} | ${state}`))
  expect({ missing: missing.map((pair) => pair.join(' | ')), reachedAllTheSame }).toEqual({
    missing: [],
    reachedAllTheSame: [],
  })
})

test('a false remedy is found', () => {
  const situation: Situation = {
    state: 'reverted',
    isOn: true,
    isReverted: true,
    isSignedIn: true,
    hasJwt: true,
    asksForPermissions: false,
  }
  const shown = (message: string, more: Partial<Shown> = {}): Shown => ({
    call: 'socket',
    where: 'lost',
    error: new TicketSocketError('invalid_request', message),
    situation,
    ...more,
  })
  expect(flawsOf(shown('It failed. The next attempt uses a fresh ticket.'))).toHaveLength(1)
  expect(flawsOf(shown('It failed. Check the ticket options.', { call: 'revokeAllTickets' }))).toHaveLength(1)
  expect(flawsOf(shown('It failed. Turn it off, or turn ticketAuth on.'))).toHaveLength(1)
  expect(flawsOf(shown('It failed. The user has to sign in again.'))).toHaveLength(1)
  expect(flawsOf(shown('It failed.'))).toHaveLength(1)
  expect(flawsOf(shown('It failed. Is httpUrl right?'))).toHaveLength(2)
  expect(flawsOf(shown('It failed (1006). The client reconnects automatically.'))).toEqual([])
})
