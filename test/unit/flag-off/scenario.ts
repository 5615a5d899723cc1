import { type Stage, type StageOptions, setStage } from './stage.ts'

/** Part of a scenario, on a stage of its own. */
export interface Act {
  title: string
  on?: StageOptions
  play(stage: Stage): Promise<void>
}

export interface FlagOffScenario {
  /** Also the name of its file in `records`. */
  name: string
  title: string
  acts: readonly Act[]
}

/** What an app with the flag off, its server and the network see of the scenario, line by line. */
export async function record({ title, acts }: FlagOffScenario): Promise<string[]> {
  const lines = [`# ${title}`]
  for (const act of acts) {
    lines.push('', `## ${act.title}`.trimEnd(), '')
    const stage = setStage(lines, act.on)
    try {
      await act.play(stage)
    } finally {
      stage.end()
    }
  }
  return lines
}
