// The option `closeCodes`: what the app says of its server's close codes.

import type { Check } from '../platform/option-checks.ts'
import { reportUncaught } from '../platform/system-platform.ts'
import { type CloseCodes, type CloseMeaning, type DecideClose, isMappable } from './judge-close.ts'

const MEANINGS: readonly unknown[] = ['refused', 'stop', 'reconnect'] satisfies CloseMeaning[]

export const closeCodesOf: Check<CloseCodes | undefined, DecideClose> = (name, given = {}) => {
  if (typeof given === 'function') return guarded(given)
  if (given === null || typeof given !== 'object' || Array.isArray(given)) {
    throw new TypeError(`${name} must be a function, or an object such as { 4001: 'refused' }`)
  }
  const entries = Object.entries(given).filter(([, meaning]) => meaning !== undefined)
  for (const [code, meaning] of entries) {
    if (!/^\d{4}$/.test(code) || !isMappable(Number(code), false)) throw notMappable(name, code)
    if (!MEANINGS.includes(meaning)) throw new TypeError(`${name}[${code}] must be one of ${MEANINGS.join(', ')}`)
  }
  const byCode = new Map(entries)
  return ({ code }) => byCode.get(String(code))
}

function notMappable(name: string, code: string): TypeError {
  const why =
    code === '1006'
      ? 'a browser reports it for every lost connection and every refused upgrade'
      : 'its meaning is fixed, or no server sends it'
  return new TypeError(`${name} must not name ${code}: ${why}. It may name 1008, 1009, 1011, 1013 and 3000 to 4999`)
}

/** A mistake in the app's function is reported, and the close means what it means by default. */
const guarded =
  (decide: DecideClose): DecideClose =>
  (closed) => {
    try {
      return decide(closed)
    } catch (error) {
      reportUncaught(error)
      return undefined
    }
  }
