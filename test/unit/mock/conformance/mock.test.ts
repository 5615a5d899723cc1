import { WebSocket as MockSocket, Server } from 'mock-socket'
import * as msw from 'msw'
import { setupServer } from 'msw/node'
import { backendSuite } from '../../../suites/backend.ts'
import { mockTarget } from '../../../support/conformance-targets.ts'

/** In memory a WebSocket has no headers but what the backend's own options say; the real server is tried with them. */
const skips = ['PR-41.5', 'PR-43.1', 'PR-46.1', 'PR-19.6']

backendSuite(
  'the mock, through its fetch and WebSocket',
  () => {
    const { backend, target } = mockTarget()
    return { target, close: () => backend.dispose() }
  },
  { skips },
)

backendSuite(
  'the mock, through the globals',
  () => {
    const { backend, target: own } = mockTarget()
    const { fetch: _fetch, openSocket: _open, ...target } = own
    const undo = backend.install()
    return {
      target,
      close() {
        undo()
        backend.dispose()
      },
    }
  },
  { skips },
)

backendSuite(
  'the mock, through msw and mock-socket',
  () => {
    const { backend, target } = mockTarget({
      fetch: (url, init) => fetch(url, init),
      openSocket: (url, protocols) => new MockSocket(url, protocols) as unknown as WebSocket,
    })
    const server = setupServer(...backend.mswHandlers({ http: msw.http }))
    server.listen({ onUnhandledFrame: 'error' })
    const detach = backend.attachMockSocket(Server)
    return {
      target,
      close() {
        detach()
        server.close()
        backend.dispose()
      },
    }
  },
  { skips },
)
