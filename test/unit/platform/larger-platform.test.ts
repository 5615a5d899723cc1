import { expect, test } from 'vitest'
import { createTicketSocket, ticketWebSocket, UnifiedAuthService } from '../../../src/index.ts'
import { createMockBackend } from '../../../src/mock/index.ts'

const backend = createMockBackend({ users: { alice: { token: 'jwt-of-alice' } } })
const options = { httpUrl: backend.httpUrl, getToken: () => 'jwt-of-alice' }

test('the mock backend is taken whole as the platform, as the README’s first screen does', () => {
  const auth = new UnifiedAuthService({ ...options, platform: backend })
  expect(() => createTicketSocket({ url: backend.wsUrl, auth, platform: backend }).dispose()).not.toThrow()
  expect(() => ticketWebSocket(auth, { platform: backend })).not.toThrow()
})

test('a misspelt part is refused, also in a larger object', () => {
  const platform = { ...backend, fecth: backend.fetch } as never
  expect(() => new UnifiedAuthService({ ...options, platform })).toThrow(
    'fecth is not an option of platform. Did you mean fetch?',
  )
})
