// Extends a live session in band: requests a ticket or a newer JWT, sends it, and waits for the server's answer. Any failure
// ends in `onFailed`; then the session ends at its time, and the client connects again.

import type { Credential, CredentialSource } from '../auth/credential.ts'

export interface RenewalDeps {
  auth: CredentialSource
  send: (text: string) => boolean
  /** `mayAskAgain`: the app had no newer JWT yet. */
  onFailed: (mayAskAgain: boolean) => void
  /** The credential with which the session goes on so far. */
  present: Pick<Credential, 'refreshFrame'> | undefined
  /** The server takes a JWT, too (PR-79). */
  takesJwt: boolean
}

export interface Renewal {
  /** The server has extended the session, and it goes on with this credential; null: the client did not ask for it. */
  accepted(): Credential | null
  /** The server has refused a frame; true when it was this one. */
  refused(replyTo: unknown, code: string): boolean
  stop(): void
}

/** Refusals of the frame, and not of the credential in it (PR-73, PR-79, PR-93). */
const UNCHECKED: readonly string[] = ['unavailable', 'too_many', 'invalid_message']

export function startRenewal({ auth, send, onFailed, present, takesJwt }: RenewalDeps, id: string): Renewal {
  const controller = new AbortController()
  let sent: Credential | null = null

  const only = takesJwt ? undefined : 'ticket'
  const ask = async () => auth.acquire({ signal: controller.signal, only, renew: true })
  ask().then(
    (credential) => {
      const frame = credential.refreshFrame()
      // The JWT of this session would gain nothing.
      const isSame = frame?.jwt !== undefined && frame.jwt === present?.refreshFrame()?.jwt
      if (controller.signal.aborted || !frame || isSame || !send(JSON.stringify({ ...frame, id }))) {
        credential.report({ kind: 'unused' })
        if (!controller.signal.aborted) onFailed(takesJwt)
        return
      }
      sent = credential
    },
    () => {
      if (!controller.signal.aborted) onFailed(takesJwt)
    },
  )

  return {
    accepted() {
      sent?.report({ kind: 'accepted' })
      return sent
    },
    refused(replyTo, code) {
      if (replyTo !== id) return false
      // A server that has not checked a credential has said nothing against it.
      sent?.report({ kind: UNCHECKED.includes(code) ? 'ended' : 'refused' })
      onFailed(false)
      return true
    },
    stop: () => controller.abort(),
  }
}
