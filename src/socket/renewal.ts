// Extends a live session in band: buys a ticket, sends it, and waits for the server's word. Whatever goes wrong ends in
// `onFailed`, and then the session ends at its time and is opened anew.

import type { CredentialSource, Grant } from '../auth/credential.ts'

export interface RenewalDeps {
  auth: CredentialSource
  send: (text: string) => boolean
  onFailed: () => void
}

export interface Renewal {
  /** The server has extended the session, and with this grant it goes on; null: the client did not ask for it. */
  accepted(): Grant | null
  /** The server has refused a frame; true when it was this one. */
  refused(replyTo: unknown, code: string): boolean
  stop(): void
}

export function startRenewal({ auth, send, onFailed }: RenewalDeps, id: string): Renewal {
  const controller = new AbortController()
  let grant: Grant | null = null

  const ask = async () => auth.acquire({ signal: controller.signal, only: 'ticket', renew: true })
  ask().then(
    (granted) => {
      const frame = granted.refreshFrame()
      if (controller.signal.aborted || !frame || !send(JSON.stringify({ ...frame, id }))) {
        granted.report({ kind: 'unused' })
        if (!controller.signal.aborted) onFailed()
        return
      }
      grant = granted
    },
    () => {
      if (!controller.signal.aborted) onFailed()
    },
  )

  return {
    accepted() {
      grant?.report({ kind: 'accepted' })
      return grant
    },
    refused(replyTo, code) {
      if (replyTo !== id) return false
      // A server that cannot check a ticket has said nothing against it.
      const isUnchecked = code === 'unavailable'
      grant?.report({ kind: isUnchecked ? 'ended' : 'refused' })
      onFailed()
      return true
    },
    stop: () => controller.abort(),
  }
}
