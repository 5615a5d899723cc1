// What the end of a connection says about the credential that it was opened with. `auth` learns this verdict, never a
// close code: which code means a refusal is decided here and by `classify`.

import type { Outcome } from '../auth/credential.ts'
import { CLOSE, type CloseVerdict } from '../contract/close-codes.ts'

export function outcomeOf(verdict: CloseVerdict, code: number): Outcome {
  if (verdict.kind === 'refused') return { kind: 'refused' }
  // The server found no credential: something on the way removed the one that was sent.
  if (verdict.kind === 'stop' && verdict.code === 'unauthenticated') return { kind: 'refused' }
  return { kind: code === CLOSE.abnormal ? 'lost' : 'ended' }
}
