// Dials that the browser holds back. After a refused dial Firefox keeps the next one to the same host in `connecting`, at first for
// 0.2 to 0.4 s, with every refusal half as long again, for 60 s at most, and counted from the refusal before. A connection ends it.
// No browser reports it, so it is read from the times alone: a dial that takes much longer than the quickest refusal may have been
// held, and a second one that ends when the first one foretells was held. A server that is slow to refuse foretells nothing, and
// is dialled as often as ever. Nothing here touches a clock.

/** Dials in a row that were refused: closed with 1006 before they opened. */
export interface Refusals {
  /** The last one. */
  at: number
  /** From its dial to its end, of the quickest. */
  quickestMs: number
  /** From refusal to refusal, where a dial between them may have been held; 0: none was. */
  gapMs: number
  /** Two of them were held, as far as times can say. */
  isHeld: boolean
}

const GROWTH = 1.5
const LONGEST_GAP_MS = 60_000
/** A hold is to be no longer: the rest is waited for, where the network's return or the app can cut it short. */
const LONGEST_HOLD_MS = 6_000
/** A slow network makes a dial as late. */
const SLOWER_THAN = 5
const MARGIN_MS = 150

const expectedGap = (gapMs: number) => Math.min(gapMs * GROWTH, LONGEST_GAP_MS)

export function afterRefusal(before: Refusals | null, dialledAt: number, now: number): Refusals {
  const tookMs = now - dialledAt
  if (before === null) return { at: now, quickestMs: tookMs, gapMs: 0, isHeld: false }
  const quickestMs = Math.min(before.quickestMs, tookMs)
  const gapMs = now - before.at
  const expectedMs = expectedGap(before.gapMs)
  if (tookMs <= before.quickestMs * SLOWER_THAN + MARGIN_MS) {
    // Refused sooner than a browser that holds dials back could have begun it: none of them is held.
    const isTooSoon = gapMs < expectedMs
    return { at: now, quickestMs, gapMs: isTooSoon ? 0 : expectedMs, isHeld: before.isHeld && !isTooSoon }
  }
  if (before.gapMs === 0) return { at: now, quickestMs, gapMs, isHeld: false }
  if (Math.abs(gapMs - expectedMs) <= before.quickestMs + MARGIN_MS) return { at: now, quickestMs, gapMs, isHeld: true }
  // It was not the browser: this network, or what stands before the server, takes as long.
  return { at: now, quickestMs: tookMs, gapMs: 0, isHeld: false }
}

/** What the deadline of a dial leaves to the browser. */
export const holdAfter = (refusals: Refusals | null): number => (refusals === null ? 0 : LONGEST_HOLD_MS)

/** The least wait before the next dial. */
export const spacingAfter = (refusals: Refusals | null): number =>
  refusals?.isHeld ? Math.max(0, expectedGap(refusals.gapMs) - LONGEST_HOLD_MS) : 0

/** Each dial makes the next hold longer: where dials may be held, waits come from the upper half of their range. */
export const jitterAfter = (refusals: Refusals | null, random: number): number =>
  refusals !== null && refusals.gapMs > 0 ? (1 + random) / 2 : random
