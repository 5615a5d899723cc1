import type { Recording } from '../record/recorder.ts'

/** The two clocks at one moment, so that everything on the screen agrees. */
export interface Moment {
  /** On the clock that never goes back. */
  readonly now: number
  /** Milliseconds since 1970. */
  readonly wallNow: number
}

/** A part of the panel: made once, rendered many times. It reads the recording and keeps nothing of it. */
export interface View {
  readonly element: HTMLElement
  render(recording: Recording, moment: Moment): void
}
