#!/usr/bin/env node
// The command `ticket-socket-conformance`.

import { execSync } from 'node:child_process'
import { setTimeout as wait } from 'node:timers/promises'
import { runConformance } from '../run.ts'
import { type ConformanceTarget, resolveTarget } from '../target.ts'
import { parseCommand, USAGE } from './arguments.ts'
import { rowOf, summaryOf } from './table.ts'

const EXIT = { kept: 0, broken: 1, nothingTried: 2 } as const

/** Why no rule can be checked at all. */
async function whyUnreachable(target: ConformanceTarget): Promise<string | null> {
  const { fetch, endpoints, timeoutMs } = resolveTarget(target)
  const url = `${endpoints}/tickets/status`
  try {
    await fetch(url, { signal: AbortSignal.timeout(timeoutMs) })
    return null
  } catch (error) {
    const { message, cause } = error as Error
    return `Nothing answers at ${url}: ${cause instanceof Error && cause.message ? cause.message : message}`
  }
}

async function run(target: ConformanceTarget, json: boolean): Promise<number> {
  const why = await whyUnreachable(target)
  if (why !== null) {
    console.error(why)
    return EXIT.nothingTried
  }
  const report = await runConformance(target, json ? {} : { onResult: (result) => console.log(rowOf(result)) })
  console.log(json ? JSON.stringify(report, null, 2) : `\n${summaryOf(report, target.origin !== undefined)}`)
  return report.broken > 0 ? EXIT.broken : EXIT.kept
}

async function main(): Promise<number> {
  const command = parseCommand(process.argv.slice(2), {
    env: process.env,
    outputOf: (line) => execSync(line, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }),
    wait: (ms) => wait(ms),
  })
  switch (command.kind) {
    case 'help':
      console.log(USAGE)
      return EXIT.kept
    case 'wrong':
      console.error(`${command.message}\nSee: ticket-socket-conformance --help`)
      return EXIT.nothingTried
    case 'run':
      return run(command.target, command.json)
    default:
      return command satisfies never
  }
}

// Not awaited at the top level: the CommonJS build has no such thing.
void main().then((code) => {
  process.exitCode = code
})
