// `npm run bench:react [-- rounds]`: what a stream of messages costs the main thread, by hook. Prints a table of ratios.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import react from '@vitejs/plugin-react'
import type { Page } from 'playwright'
import { build, type InlineConfig, preview } from 'vite'
import { aliases } from '../../scripts/entries.ts'
import { launchChromium } from '../../test/setup/chromium.ts'
import type { Bench } from './page.tsx'

const READERS = [1, 20]
const WARM_UP = 3
const BASE = 'hand-written'
const rounds = Number(process.argv[2] ?? 15)
if (!Number.isInteger(rounds) || rounds < 1)
  throw new TypeError(`rounds must be a whole number, got ${process.argv[2]}`)

const root = fileURLToPath(new URL('.', import.meta.url))
const outDir = mkdtempSync(join(tmpdir(), 'bench-react-'))

interface Measured {
  variant: string
  readers: number
  /** What the page's main thread has worked, waiting and other programs left out, in seconds. */
  seconds: number
  renders: number
}

/** All variants take turns, and another one begins each round: whatever else goes on is shared by all. */
async function measureIn(page: Page): Promise<Measured[]> {
  const cdp = await page.context().newCDPSession(page)
  await cdp.send('Performance.enable', { timeDomain: 'threadTicks' })
  const worked = async () => {
    const { metrics } = await cdp.send('Performance.getMetrics')
    return metrics.find(({ name }) => name === 'TaskDuration')?.value ?? Number.NaN
  }
  const bench = await page.evaluateHandle(() => (window as unknown as { bench: Bench }).bench)
  const names = await bench.evaluate(({ names }) => names)
  const measured: Measured[] = []
  for (let round = 0; round < rounds + WARM_UP; round++) {
    for (const readers of READERS) {
      for (const turn of names.keys()) {
        const variant = names[(turn + round) % names.length] ?? ''
        await bench.evaluate((bench, [variant, readers]) => bench.mount(variant, readers), [variant, readers] as const)
        await cdp.send('HeapProfiler.collectGarbage')
        const before = await worked()
        const renders = await bench.evaluate((bench) => bench.deliver())
        measured.push({ variant, readers, seconds: (await worked()) - before, renders })
        await bench.evaluate((bench) => bench.unmount())
      }
    }
  }
  return measured
}

async function measureInChromium(): Promise<Measured[]> {
  const settings: InlineConfig = { root, configFile: false, logLevel: 'error', plugins: [react()], build: { outDir } }
  await build({ ...settings, resolve: { alias: aliases } })
  const server = await preview({ ...settings, preview: { port: 0, host: 'localhost' } })
  const browser = await launchChromium()
  try {
    const page = await browser.newPage()
    await page.goto(server.resolvedUrls?.local[0] ?? '')
    await page.waitForFunction(() => 'bench' in window)
    return await measureIn(page)
  } finally {
    await browser.close()
    await server.close()
    rmSync(outDir, { recursive: true, force: true })
  }
}

const sorted = (values: number[]) => values.toSorted((a, b) => a - b)
const quantile = (values: number[], share: number) =>
  sorted(values)[Math.floor((values.length - 1) * share)] ?? Number.NaN

const measured = await measureInChromium()
const names = [...new Set(measured.map(({ variant }) => variant))]
console.log('| readers | variant | of hand-written | middle half | renders |\n| --- | --- | --- | --- | --- |')
for (const readers of READERS) {
  const of = (name: string) => measured.filter((one) => one.variant === name && one.readers === readers).slice(WARM_UP)
  const base = of(BASE)
  for (const name of names) {
    const runs = of(name)
    // Each beside the hand-written one of its own round.
    const ratios = runs.map(({ seconds }, round) => seconds / (base[round]?.seconds ?? Number.NaN))
    const [low, middle, high] = [0.25, 0.5, 0.75].map((share) => quantile(ratios, share).toFixed(2))
    console.log(`| ${readers} | ${name} | ${middle} | ${low} to ${high} | ${runs[0]?.renders} |`)
  }
}
