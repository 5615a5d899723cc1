import { once } from 'node:events'
import { findXvfb } from '../tools.ts'
import { startTied } from './tied-process.ts'

export interface Display {
  /** As in the variable `DISPLAY`. */
  readonly name: string
  end(): Promise<void>
}

/** The display of this machine, or one in memory where it has none. */
export async function openDisplay(): Promise<Display> {
  const { DISPLAY } = process.env
  if (DISPLAY) return { name: DISPLAY, end: async () => {} }
  const { path } = findXvfb()
  if (!path) throw new Error('Xvfb was not found, and DISPLAY names no display.')
  // It takes a free number itself, and writes it when it is ready.
  const xvfb = startTied(path, ['-displayfd', '4', '-screen', '0', '1600x1200x24', '-nolisten', 'tcp'])
  const [number] = await Promise.race([once(xvfb.reports, 'data'), xvfb.ended])
  return { name: `:${String(number).trim()}`, end: xvfb.end }
}
