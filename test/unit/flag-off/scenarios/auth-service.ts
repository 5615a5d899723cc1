import type { FlagOffScenario } from '../scenario.ts'
import { show } from '../show.ts'

const HANDLE = 'a'.repeat(43)
const ignored = () => {}

export const authService: FlagOffScenario = {
  name: 'auth-service',
  title: 'What the service answers to an app that asks it directly',
  acts: [
    {
      title: 'Before and after initialize()',
      async play({ auth, note }) {
        auth.isAuthenticated()
        auth.getCurrentUser()
        auth.getAuthHeaders()
        auth.getWebSocketAuthConfig()
        await auth.initialize()
        auth.isAuthenticated()
        auth.getCurrentUser()
        auth.getAuthHeaders()
        note(`auth ${show(auth.store.getState())}`)
      },
    },
    {
      title: 'Tickets are asked for, and not requested',
      async play({ auth, pass }) {
        void auth.getWebSocketTicket()
        await pass(1_000)
        void auth.requestWebSocketTicket()
        await pass(1_000)
        auth.clearTicketCache()
        auth.resetTicketFailures()
        await pass(60_000)
      },
    },
    {
      title: 'getWebSocketAuthConfig()',
      on: { refreshes: true },
      async play({ auth, recorder, pass }) {
        await auth.initialize()
        const config = recorder.calls('config', auth.getWebSocketAuthConfig())
        void config.getTicket()
        await pass(1_000)
        void config.refreshToken()
        await pass(1_000)
        recorder.write('', `token ${show(config.token)}, useTicketAuth ${config.useTicketAuth}`)
        auth.getWebSocketAuthConfig()
      },
    },
    {
      title: 'The status of the ticket system, and the other endpoints',
      async play({ auth, pass }) {
        auth.getTicketSystemStatus().catch(ignored)
        await pass(1_000)
        auth.validateTicket(HANDLE).catch(ignored)
        await pass(1_000)
        auth.revokeTicket(HANDLE).catch(ignored)
        await pass(1_000)
        auth.revokeAllTickets().catch(ignored)
        await pass(1_000)
      },
    },
    {
      title: 'A backend without ticket endpoints',
      async play({ auth, backend, pass }) {
        backend.use({ name: 'none', start: () => ({ http: () => new Response('not here', { status: 404 }) }) })
        auth.getTicketSystemStatus().catch(ignored)
        await pass(1_000)
        void auth.getWebSocketTicket()
        await pass(1_000)
      },
    },
    {
      title: 'validateAndRefreshToken() with a JWT that ends in ten seconds',
      on: { claims: { exp: 1_763_800_010, email: 'alice@example.com' }, refreshes: true },
      async play({ auth, pass }) {
        void auth.validateAndRefreshToken()
        await pass(1_000)
        auth.getCurrentUser()
        void auth.validateAndRefreshToken()
        await pass(1_000)
      },
    },
    {
      title: 'Nobody is signed in',
      on: { jwt: null },
      async play({ auth, pass }) {
        void auth.validateAndRefreshToken()
        void auth.handleAuthError()
        void auth.getWebSocketTicket()
        auth.validateTicket(HANDLE).catch(ignored)
        await pass(1_000)
        auth.getWebSocketAuthConfig()
        auth.handleLogout()
        auth.signedIn()
        await pass(1_000)
      },
    },
    {
      title: 'A call that its caller gives up',
      on: { auth: { getToken: () => new Promise<string>(() => {}) } },
      async play({ auth, pass }) {
        const calling = new AbortController()
        const { signal } = calling
        void auth.getWebSocketTicket({ signal })
        auth.initialize({ signal }).catch(ignored)
        auth.validateAndRefreshToken({ signal }).catch(ignored)
        await pass(1_000)
        calling.abort()
        await pass(1_000)
      },
    },
  ],
}
