// The app around the service: whose session it is, and callbacks that may answer late, wrongly, or not at all.

import type { FeatureFlag } from '../../../src/auth/feature-flag.ts'
import type { TokenCallback } from '../../../src/auth/token-calls.ts'
import { type Jwt, jwtOf, USERS, type User } from '../../support/canaries.ts'
import type { Call, Edge, TokenAnswered } from './edge.ts'
import type { Behaviour, FlagAnswer, RefreshAnswer, TokenAnswer } from './steps.ts'

export interface App {
  readonly jwts: Map<string, Jwt>
  /** The JWT that the app holds; null: nobody is signed in. */
  jwt(): Jwt | null
  signIn(user: User): void
  signOut(): void
  rotate(): void
  getToken: TokenCallback
  refreshToken: TokenCallback
  flag: FeatureFlag
  behave: { getToken: Behaviour<TokenAnswer>; refreshToken: Behaviour<RefreshAnswer>; flag: Behaviour<FlagAnswer> }
  /** Nothing is wrong with it from now on. */
  recover(): void
  /** The flag's answer to the newest question that was answered in this session. */
  knownFlag(): KnownFlag
}

export interface KnownFlag {
  isOn: boolean
  sessionChanges: number
  question: number
  at: number
}

/** How an app behaves that nothing is wrong with. */
const WELL: App['behave'] = {
  getToken: { answer: 'current', latencyMs: null, times: 1 },
  refreshToken: { answer: 'rotated', latencyMs: 5, times: 1 },
  flag: { answer: 'on', latencyMs: null, times: 1 },
}

export interface AppDeps {
  edge: Edge
  onTokenAsked: (asked: TokenAnswered) => void
  /** A callback has answered. */
  onAnswered: (what: 'token' | 'flag') => void
}

export function createApp({ edge, onTokenAsked, onAnswered }: AppDeps): App {
  const { clock, setting } = edge
  const jwts = new Map<string, Jwt>()
  let current = newJwt('alice')
  let session: Jwt | null = current
  let previous: Jwt = current
  let known: KnownFlag = { isOn: false, sessionChanges: -1, question: 0, at: -1 }
  let questions = 0

  function newJwt(user: User): Jwt {
    const exp = setting.jwtLifeMs === null ? null : Math.round((clock.wallNow() + setting.jwtLifeMs) / 1_000)
    const jwt = jwtOf(user, jwts.size + 1, exp)
    jwts.set(jwt.value, jwt)
    return jwt
  }

  /** How a callback answers this time. */
  function next<Name extends keyof App['behave']>(name: Name): App['behave'][Name] {
    const { behave } = app
    const now = behave[name]
    behave[name] = now.times > 1 ? { ...now, times: now.times - 1 } : WELL[name]
    return now
  }

  function progress(call: Call | null) {
    if (call) call.progressAt = clock.now() - edge.sleptMs
  }

  function become(jwt: Jwt) {
    previous = current
    current = jwt
    session = jwt
  }

  /** Settles now, later, or never, and notes what was answered. */
  function answer(asked: TokenAnswered, what: string, latencyMs: number | null, value: () => unknown): unknown {
    const give = (given: unknown) => {
      asked.answer = { value: given, turn: clock.turn(), at: clock.now() }
      progress(asked.call)
      // After a sign-out who asks anew waits for the calls before it.
      const isOvertaken = asked.askedAfterExplicitChanges !== edge.explicitChanges
      // One refresh serves everybody who waits for it, from a second after the refused JWT came.
      const isShared = asked.name === 'refreshToken'
      if (isOvertaken || isShared) for (const call of edge.calls) if (!call.end) progress(call)
      return given
    }
    const words = `${asked.name} failed for ${current.value}`
    if (what === 'throws') {
      asked.answer = 'failed'
      throw new Error(words)
    }
    if (what === 'hangs') return new Promise(() => {})
    if (what === 'rejects') {
      asked.answer = 'failed'
      return Promise.reject(new Error(words))
    }
    if (latencyMs === null) return give(value())
    return new Promise((resolve) => {
      // What it will answer is known when it is asked: an app that answers late answers with what is old by then.
      const early = value()
      clock.after(latencyMs, () => {
        resolve(give(early))
        onAnswered('token')
      })
    })
  }

  function ask(name: TokenAnswered['name']): TokenAnswered {
    const call = edge.caller()
    const asked: TokenAnswered = {
      name,
      call,
      sessionChanges: edge.sessionChanges,
      askedAfterExplicitChanges: edge.explicitChanges,
      askedAt: clock.now(),
      answer: 'pending',
    }
    progress(call)
    call?.tokens.push(asked)
    edge.tokens.push(asked)
    onTokenAsked(asked)
    return asked
  }

  const app: App = {
    jwts,
    jwt: () => session,
    signIn: (user) => become(newJwt(user)),
    signOut() {
      session = null
    },
    rotate() {
      if (session) become(newJwt(session.user))
    },
    behave: { ...WELL },

    getToken() {
      const { answer: what, latencyMs } = next('getToken')
      return answer(ask('getToken'), what, latencyMs, () => {
        if (what === 'previous') return previous.value
        if (what === 'null') return null
        return what === 'garbage' ? 'two words' : (session?.value ?? null)
      }) as string
    },

    refreshToken() {
      const { answer: what, latencyMs } = next('refreshToken')
      return answer(ask('refreshToken'), what, latencyMs, () => {
        if (what === 'previous') return previous.value
        if (what === 'null') return null
        if (what === 'garbage') return 42
        if (session && what === 'rotated') app.rotate()
        if (session && what === 'other user') app.signIn(USERS.find((user) => user !== session?.user) ?? 'bob')
        return session?.value ?? null
      }) as string
    },

    recover: () => void Object.assign(app.behave, WELL),
    flag: flagOf(),
    knownFlag: () => (known.sessionChanges === edge.sessionChanges ? known : { ...known, isOn: false }),
  }

  function flagOf(): FeatureFlag {
    if (setting.ticketAuth === 'rollout') return { rollout: 1 }
    return setting.ticketAuth === 'function' ? readFlag : setting.ticketAuth === 'true'
  }

  function readFlag(): boolean | Promise<boolean> {
    const reader = edge.caller()
    progress(reader)
    const { sessionChanges } = edge
    const question = ++questions
    const { answer: what, latencyMs } = next('flag')
    if (reader) reader.flagsOpen++
    const note = (isOn: boolean | null) => {
      if (reader) reader.flagsOpen--
      if (sessionChanges !== edge.sessionChanges) return
      const isNewest = known.sessionChanges !== sessionChanges || question >= known.question
      if (isNewest) known = { isOn: isOn === true, sessionChanges, question, at: clock.now() }
      // In its context the service also looks whether fetching ahead is welcome. Nobody waits for that; while a request is
      // open, its caller waits for nothing else.
      if (!reader || reader.end || reader.requests.some(({ isOpen }) => isOpen)) return
      reader.flag = isOn !== null && known.isOn ? 'on' : 'off'
      reader.flagAt = clock.now()
      reader.flagTurn = clock.turn()
    }
    if (what === 'throws') {
      note(null)
      throw new Error('flag service down')
    }
    if (what === 'rejects') {
      note(null)
      return Promise.reject(new Error('flag service down'))
    }
    if (what === 'hangs') {
      if (reader && !reader.end) reader.flag = 'not answered'
      // The service gives up after ten seconds, or as soon as its timer gets its turn.
      clock.after(10_000 + edge.worstThrottleMs, () => note(null))
      return new Promise(() => {})
    }
    if (latencyMs === null) {
      note(what === 'on')
      return what === 'on'
    }
    return new Promise((resolve) => {
      clock.after(latencyMs, () => {
        progress(reader)
        note(what === 'on')
        resolve(what === 'on')
        onAnswered('flag')
      })
    })
  }

  return app
}
