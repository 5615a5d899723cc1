// What an app does wrong.

import { fault } from './fault.ts'

export const APP_FAULTS = {
  'getToken fails': fault(
    (dice) => dice.pick<'previous' | 'throws' | 'rejects' | 'hangs'>('previous', 'throws', 'rejects', 'hangs'),
    ({ app }, getToken) => app.conditions.impose({ getToken }),
  ),
  'getToken says nobody': fault(
    () => null,
    ({ app }) => app.conditions.impose({ getToken: 'null' }),
  ),
  'refreshToken fails': fault(
    (dice) => dice.pick<'same' | 'null' | 'throws' | 'hangs'>('same', 'null', 'throws', 'hangs'),
    ({ app }, refreshToken) => app.conditions.impose({ refreshToken }),
  ),
  'tokens come late': fault(
    (dice) => dice.pick(0, 300, 6_000),
    ({ app }, tokenDelayMs) => app.conditions.impose({ tokenDelayMs }),
  ),
  'flag off': fault(
    () => null,
    ({ app }) => app.conditions.impose({ flag: 'off' }),
  ),
  'flag fails': fault(
    (dice) => dice.pick<'throws' | 'hangs'>('throws', 'hangs'),
    ({ app }, flag) => app.conditions.impose({ flag }),
  ),
  'listeners throw': fault(
    () => null,
    ({ app }) => app.conditions.impose({ listenersThrow: true }),
  ),
}
