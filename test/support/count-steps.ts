// Counts what V8 runs: every call of a function and every run of a block, such as the body of a loop, in the sources of `files`.
// A count says how much is done, however busy the machine is. It is not exact: V8 leaves out a block that ran as often as the code
// around it.

import { Session } from 'node:inspector'

interface ScriptCoverage {
  url: string
  functions: { ranges: { count: number }[] }[]
}

export function startCountingSteps(files: readonly string[]) {
  const session = new Session()
  session.connect()
  // The session of the same thread answers before `post` returns.
  const post = (method: string, parameters?: object): { result: ScriptCoverage[] } => {
    let answer: unknown
    session.post(method, parameters, (error: Error | null, result: unknown) => {
      if (error) throw error
      answer = result
    })
    return answer as { result: ScriptCoverage[] }
  }
  post('Profiler.enable')
  post('Profiler.startPreciseCoverage', { callCount: true, detailed: true })
  const take = () =>
    post('Profiler.takePreciseCoverage')
      .result.filter(({ url }) => files.some((file) => url.endsWith(`/${file}`)))
      .flatMap(({ functions }) => functions.flatMap(({ ranges }) => ranges.map(({ count }) => count)))
      .reduce((sum, count) => sum + count, 0)
  return {
    async stepsOf<T>(work: () => T): Promise<{ steps: number; result: Awaited<T> }> {
      take()
      const result = await work()
      return { steps: take(), result }
    },
    stop: () => session.disconnect(),
  }
}
