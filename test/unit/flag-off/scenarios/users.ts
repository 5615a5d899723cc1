import type { FlagOffScenario } from '../scenario.ts'

export const users: FlagOffScenario = {
  name: 'users',
  title: 'Users sign in and out, sessions end',
  acts: [
    {
      title: 'One user signs out, another signs in',
      async play({ auth, jwts, session, socket, pass }) {
        socket.connect()
        await pass(10_000)
        socket.send({ type: 'from alice' })
        session.jwt = null
        auth.handleLogout()
        socket.send({ type: 'from nobody' })
        await pass(5_000)
        session.jwt = jwts.bob
        auth.signedIn()
        await pass(10_000)
      },
    },
    {
      title: 'Signing in at once, while getToken still gives the JWT of before',
      async play({ auth, jwts, session, socket, pass }) {
        socket.connect()
        await pass(10_000)
        auth.handleLogout()
        auth.signedIn()
        await pass(10_000)
        session.jwt = jwts.alice2
        await pass(30_000)
      },
    },
    {
      title: 'Signing out while it connects, and while it waits',
      async play({ auth, backend, jwts, session, socket, pass }) {
        socket.send({ type: 'queued' })
        socket.connect()
        await pass(5)
        auth.handleLogout()
        await pass(1_000)
        session.jwt = jwts.bob
        auth.signedIn()
        await pass(1_000)
        backend.dropConnections()
        await pass(100)
        auth.handleLogout()
        await pass(30_000)
      },
    },
    {
      title: 'Nobody is signed in: an anonymous connection, where the server allows it',
      on: { jwt: null, backend: { upgrade: { allowAnonymous: true } } },
      async play({ jwts, session, auth, socket, pass }) {
        socket.connect()
        await pass(10_000)
        session.jwt = jwts.alice
        auth.signedIn()
        await pass(10_000)
      },
    },
    {
      title: 'Nobody is signed in, and the server refuses that',
      on: { jwt: null },
      async play({ socket, pass }) {
        socket.connect()
        await pass(60_000)
      },
    },
    {
      title: 'getToken throws, hangs, and answers',
      on: { auth: { tokenTimeoutMs: 3_000, getToken: tokensInTurn() } },
      async play({ socket, pass }) {
        socket.connect()
        await pass(30_000)
      },
    },
    {
      title: 'The session ends by the server’s bound of 20 s',
      on: { backend: { session: { maxSessionSeconds: 20 } }, refreshes: true },
      async play({ socket, pass }) {
        socket.connect()
        await pass(50_000)
      },
    },
    {
      title: 'Signed out everywhere by the server',
      on: { refreshes: true },
      async play({ backend, socket, pass }) {
        socket.connect()
        await pass(10_000)
        await backend.revoke('alice')
        await pass(30_000)
        socket.connect()
        await pass(30_000)
      },
    },
    {
      title: "The app's own requests are answered 401",
      on: { refreshes: true },
      async play({ auth, jwts, socket, pass }) {
        socket.connect()
        await pass(10_000)
        await auth.handleAuthError(jwts.alice)
        await auth.handleAuthError(jwts.alice)
        auth.isAuthenticated()
        auth.getCurrentUser()
        auth.getAuthHeaders()
        await auth.validateAndRefreshToken()
        await pass(10_000)
      },
    },
    {
      title: 'The socket, then the service are disposed of',
      async play({ auth, socket, pass }) {
        socket.connect()
        await pass(10_000)
        socket.dispose()
        auth.dispose()
        await pass(10_000)
      },
    },
  ],
}

/** The first call throws, the second hangs, later ones answer with an opaque token. */
function tokensInTurn() {
  let calls = 0
  return (): string | Promise<string> => {
    calls++
    if (calls === 1) throw new Error('no storage')
    return calls === 2 ? new Promise<string>(() => {}) : 'an-opaque-token-of-nobody'
  }
}
