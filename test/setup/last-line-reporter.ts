import type { Reporter, SerializedError, TestModule, TestRunEndReason } from 'vitest/node'

type Counted = Pick<TestModule, 'errors'> & {
  children: { allTests(): Iterable<{ result(): { state: 'passed' | 'failed' | 'skipped' | 'pending' } }> }
}

/** `27 passed, 0 failed, 0 skipped`. A run that failed without a failed test counts as one failure at least. */
export function lastLine(
  modules: readonly Counted[],
  unhandled: readonly SerializedError[],
  reason: TestRunEndReason,
): string {
  const count = { passed: 0, failed: unhandled.length, skipped: 0, pending: 0 }
  for (const module of modules) {
    for (const test of module.children.allTests()) count[test.result().state]++
    // A file that could not be loaded, or a hook that threw, is a failure without a test.
    count.failed += module.errors().length
  }
  // Thresholds and interruptions leave no trace above, and must not read like a success.
  if (reason !== 'passed' && count.failed === 0) count.failed = 1
  return `${count.passed} passed, ${count.failed} failed, ${count.skipped + count.pending} skipped`
}

/** Ends the output with the counts, in plain characters, for people and programs alike. */
export class LastLineReporter implements Reporter {
  #line: string | null = null

  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[], reason: TestRunEndReason) {
    // Other reporters still write after this; when the process exits they have ended.
    if (this.#line === null) process.once('exit', () => console.log(this.#line))
    this.#line = lastLine(modules, unhandled, reason)
  }
}
