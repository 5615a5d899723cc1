// Who is signed in on this page. Tokens stay in this closure: not in storage, not in state. A reload signs out.

import { createStore, type StoreApi } from 'zustand/vanilla'
import { type DemoUser, findUser } from '../users.ts'
import { postJson } from './post-json.ts'

export interface SessionState {
  user: DemoUser | null
  /** Something to say on the sign-in screen. */
  notice: string | null
}

export interface Session {
  readonly store: StoreApi<SessionState>
  /** Signs in, or says in `notice` why not. */
  signIn(userId: string): Promise<void>
  signOut(): void
  /** For the auth service: the JWT as it is. */
  getToken(): string | null
  /** For the auth service, after the backend refused the JWT. Null: the session is over. */
  refreshToken(): Promise<string | null>
  onRefreshed(listener: () => void): () => void
}

interface Tokens {
  access_token: string
  refresh_token: string
}

export function createSession(): Session {
  const store = createStore<SessionState>(() => ({ user: null, notice: null }))
  const listeners = new Set<() => void>()
  let tokens: Tokens | null = null

  function end(notice: string | null) {
    tokens = null
    store.setState({ user: null, notice })
  }

  return {
    store,
    async signIn(userId) {
      store.setState({ notice: null })
      const answer = await postJson<Tokens>('/api/login', { user: userId })
      if (answer.kind !== 'ok') return end('The demo server did not answer. Is it still running?')
      tokens = answer.value
      store.setState({ user: findUser(userId) ?? null, notice: null })
    },
    signOut() {
      const { refresh_token } = tokens ?? {}
      end(null)
      if (refresh_token) void postJson('/api/logout', { refresh_token })
    },
    getToken: () => tokens?.access_token ?? null,
    async refreshToken() {
      const asked = tokens
      if (!asked) return null
      const answer = await postJson<Tokens>('/api/refresh', { refresh_token: asked.refresh_token })
      if (tokens !== asked) return null
      switch (answer.kind) {
        case 'ok':
          tokens = answer.value
          for (const listener of listeners) listener()
          return tokens.access_token
        case 'refused':
          end('Your session has ended. Sign in again.')
          return null
        case 'unreachable':
          throw new Error('The demo server did not answer.')
      }
    },
    onRefreshed(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
