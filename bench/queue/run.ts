// `npm run bench:queue [-- rounds]`: what a message costs that waits in the socket's queue, by how many wait already.
// All variants take turns within a round. Ratios, since a machine's speed says nothing about the code. Prints two tables.

import type { Priority } from '../../src/index.ts'
import { type Subject, VARIANTS, type Variant } from './variants.ts'

const SIZES = [1_000, 10_000, 20_000]
const rounds = Number(process.argv[2] ?? 9)
if (!Number.isInteger(rounds) || rounds < 1)
  throw new TypeError(`rounds must be a whole number, got ${process.argv[2]}`)

const ORDER: readonly Priority[] = ['high', 'normal', 'low']
const MIXES: Record<string, (n: number, of: number) => Priority> = {
  'one priority': () => 'normal',
  'all three in turn': (n) => ORDER[n % 3] as Priority,
  rising: (n, of) => ORDER[2 - Math.floor((n * 3) / of)] as Priority,
  falling: (n, of) => ORDER[Math.floor((n * 3) / of)] as Priority,
}

interface Case {
  name: string
  mix: string
  /** Fills and measures; answers with milliseconds, and how many messages have to have left or been dropped. */
  run: (subject: Subject, size: number, priorityOf: (n: number) => Priority) => Promise<number>
  settled: 'sent' | 'dropped'
}

const message = (n: number) => ({ type: 'note', n })

function timed(work: () => void): number {
  const begunAt = performance.now()
  work()
  return performance.now() - begunAt
}

function fill(subject: Subject, size: number, priorityOf: (n: number) => Priority) {
  for (let n = 0; n < size; n++) subject.send(message(n), { priority: priorityOf(n) })
}

const send: Case['run'] = async (subject, size, priorityOf) => {
  const ms = timed(() => fill(subject, size, priorityOf))
  await subject.prepare()
  subject.flush()
  return ms
}
const flush: Case['run'] = async (subject, size, priorityOf) => {
  fill(subject, size, priorityOf)
  await subject.prepare()
  return timed(() => subject.flush())
}
const expire: Case['run'] = async (subject, size, priorityOf) => {
  fill(subject, size, priorityOf)
  return timed(() => subject.expire())
}
/** As many again as there is room for: each pushes the oldest out. */
const overflow: Case['run'] = async (subject, size, priorityOf) => {
  fill(subject, size, priorityOf)
  return timed(() => fill(subject, size, priorityOf))
}
/** Each by its own signal, the newest first. */
const takeBack: Case['run'] = async (subject, size, priorityOf) => {
  const signals = Array.from({ length: size }, () => new AbortController())
  for (const [n, { signal }] of signals.entries()) subject.send(message(n), { priority: priorityOf(n), signal })
  return timed(() => {
    for (const controller of signals.toReversed()) controller.abort()
  })
}

const CASES: Case[] = [
  ...Object.keys(MIXES).flatMap((mix): Case[] => [
    { name: 'send', mix, run: send, settled: 'sent' },
    { name: 'flush', mix, run: flush, settled: 'sent' },
    { name: 'expire', mix, run: expire, settled: 'dropped' },
  ]),
  { name: 'overflow', mix: 'one priority', run: overflow, settled: 'dropped' },
  { name: 'take back', mix: 'one priority', run: takeBack, settled: 'dropped' },
]

/** Nanoseconds per message. As many messages for every size: a few queues, or many that are small. */
async function measure(one: Case, variant: Variant, size: number): Promise<number> {
  const priorityOf = (n: number) => (MIXES[one.mix] as (typeof MIXES)[string])(n, size)
  let ms = 0
  let messages = 0
  while (messages < Math.max(...SIZES)) {
    const subject = variant.make(size)
    ms += await one.run(subject, size, priorityOf)
    messages += size
    const counted = subject.counts()[one.settled]
    if (counted !== size) throw new Error(`${variant.name}, ${one.name}: ${counted} of ${size} messages ${one.settled}`)
    subject.dispose()
  }
  return (ms * 1e6) / messages
}

const show = (ratio: number) => (Number.isNaN(ratio) ? '–' : ratio.toFixed(ratio < 10 ? 2 : 0))

/** By case, variant and size: of the cheapest round. In the others the machine has done something else. */
const costs = new Map<string, number>()
const keyOf = (one: Case, { name }: Variant, size: number) => `${one.name}|${one.mix}|${name}|${size}`
const has = (variant: Variant, one: Case) => !variant.lacks.includes(one.name)

for (let round = 0; round <= rounds; round++) {
  for (const one of CASES) {
    for (const size of SIZES) {
      for (const variant of VARIANTS) {
        if (!has(variant, one)) continue
        const cost = await measure(one, variant, size)
        // The first round warms the code up.
        if (round === 0) continue
        const key = keyOf(one, variant, size)
        costs.set(key, Math.min(costs.get(key) ?? Number.POSITIVE_INFINITY, cost))
      }
    }
  }
}

function ratio(one: Case, [variant, size]: [Variant, number], [other, otherSize]: [Variant, number]): number {
  return (costs.get(keyOf(one, variant, size)) ?? Number.NaN) / (costs.get(keyOf(one, other, otherSize)) ?? Number.NaN)
}

const [ours, ...others] = VARIANTS as [Variant, ...Variant[]]
const [smallest, ...larger] = SIZES as [number, ...number[]]

console.log(`Cost of a message, of that with ${smallest} waiting (${rounds} rounds)\n`)
const columns = VARIANTS.flatMap((variant) => larger.map((size) => [variant, size] as const))
console.log(`| | priorities | ${columns.map(([{ name }, size]) => `${name}, ${size}`).join(' | ')} |`)
console.log(`| --- | --- |${' --- |'.repeat(columns.length)}`)
for (const one of CASES) {
  const cells = columns.map(([variant, size]) => show(ratio(one, [variant, size], [variant, smallest])))
  console.log(`| ${one.name} | ${one.mix} | ${cells.join(' | ')} |`)
}

console.log(`\nCost of a message with ${ours.name}, of that with the others\n`)
const peers = others.flatMap((variant) => SIZES.map((size) => [variant, size] as const))
console.log(`| | priorities | ${peers.map(([{ name }, size]) => `${name}, ${size}`).join(' | ')} |`)
console.log(`| --- | --- |${' --- |'.repeat(peers.length)}`)
for (const one of CASES) {
  const cells = peers.map(([variant, size]) => show(ratio(one, [ours, size], [variant, size])))
  console.log(`| ${one.name} | ${one.mix} | ${cells.join(' | ')} |`)
}
