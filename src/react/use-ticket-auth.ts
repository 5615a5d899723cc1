import type { AuthSnapshot } from '../auth/auth-snapshot.ts'
import type { UnifiedAuthService } from '../auth/unified-auth-service.ts'
import { useOptionalProvided } from './provider.tsx'
import { useSnapshot } from './use-snapshot.ts'
import { useStableProps } from './use-stable-props.ts'

const all = (snapshot: AuthSnapshot) => snapshot

/**
 * The snapshot of the auth service: flag, user, failures, the prefetched ticket. Never a credential. Without an argument the hook
 * uses the provider's `auth`.
 *
 * @example
 * ```tsx
 * import { useTicketAuth } from 'ticket-socket/react'
 *
 * export function Reverted() {
 *   const { reverted, lastError } = useTicketAuth()
 *   return reverted ? <p role="alert">Tickets are off: {lastError?.message}</p> : null
 * }
 * ```
 */
export function useTicketAuth(auth?: UnifiedAuthService): AuthSnapshot {
  const provided = useOptionalProvided()
  useStableProps('useTicketAuth', { auth })
  const service = auth ?? provided?.auth
  if (!service)
    throw new TypeError('useTicketAuth needs an auth service, or a <TicketSocketProvider auth={…}> above it')
  return useSnapshot(service.store, all)
}
