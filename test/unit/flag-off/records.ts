import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'

const FOLDER = new URL('./records/', import.meta.url)
const BASELINE = new URL('baseline.json', FOLDER)

interface Baseline {
  /** The build that the baselines were recorded from. */
  commit: string
  /** SHA-256 of each baseline. */
  sha256: Record<string, string>
}

const fileOf = (name: string) => new URL(`${name}.txt`, FOLDER)

export const readRecord = (name: string): string | null =>
  existsSync(fileOf(name)) ? readFileSync(fileOf(name), 'utf8') : null

export const writeRecord = (name: string, text: string): void => writeFileSync(fileOf(name), text)

export const recordNames = (): string[] =>
  readdirSync(FOLDER).flatMap((file) => (file.endsWith('.txt') ? [file.slice(0, -'.txt'.length)] : []))

export const readBaseline = (): Baseline => JSON.parse(readFileSync(BASELINE, 'utf8'))

export const writeBaseline = (baseline: Baseline): void =>
  writeFileSync(BASELINE, `${JSON.stringify(baseline, null, 2)}\n`)
