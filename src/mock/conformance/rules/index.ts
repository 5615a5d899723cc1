import type { ConformanceRule } from '../rule.ts'
import { answers } from './answers.ts'
import { frames } from './frames.ts'
import { generate } from './generate.ts'
import { limits } from './limits.ts'
import { lookAndRevoke } from './look-and-revoke.ts'
import { rateLimits } from './rate-limits.ts'
import { restart } from './restart.ts'
import { revokeAllRules } from './revoke-all.ts'
import { subprotocol } from './subprotocol.ts'
import { upgrade } from './upgrade.ts'

/** Every rule of PROTOCOL.md that binds a server and can be seen from outside, in the order in which they are tried. */
export const conformanceRules: readonly ConformanceRule[] = [
  ...answers,
  ...generate,
  ...lookAndRevoke,
  ...upgrade,
  ...subprotocol,
  ...frames,
  ...limits,
  ...rateLimits,
  ...revokeAllRules,
  ...restart,
]
