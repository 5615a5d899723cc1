// Rows of the table in docs/operations.md, and what their numbers are made of.

const sorted = (values: readonly number[]) => values.toSorted((a, b) => a - b)
const at = (share: number, values: readonly number[]) =>
  sorted(values)[Math.floor((values.length - 1) * share)] ?? Number.NaN

export const seconds = (ms: number, digits = 1) => `${(ms / 1_000).toFixed(digits)} s`
export const whole = (value: number) => Math.round(value).toLocaleString('en')
/** `0.04 s (median), 0.38 s (p99)` */
export const spread = (values: readonly number[]) =>
  `${seconds(at(0.5, values), 2)} (median), ${seconds(at(0.99, values), 2)} (p99)`

/** Of moments, the most within one second. */
export function busiest(moments: readonly number[]): number {
  const ordered = sorted(moments)
  let from = 0
  return ordered.reduce((most, moment, index) => {
    while (moment - (ordered[from] ?? moment) > 1_000) from++
    return Math.max(most, index - from + 1)
  }, 0)
}

const rows: string[] = []

/** Written when it is known, and all of them once more as the table. */
export function row(what: string, measured: string, using: string): void {
  rows.push(`| ${what} | ${measured} | ${using} |`)
  console.error(`${what}: ${measured}`)
}

export const table = () => ['| what | measured | with |', '| --- | --- | --- |', ...rows].join('\n')
