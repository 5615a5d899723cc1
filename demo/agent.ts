// Answers questions over a connection, in the frames of the field: started, thinking, a tool, and the answer in pieces.
// Nothing of an answer outlives its connection.

import type { Clock } from '../src/platform/platform.ts'
import { systemClock } from '../src/platform/system-platform.ts'
import type { Connection } from '../src/server/index.ts'
import { answerTo } from './answers.ts'
import { type AgentMessage, type AgentRefusal, type Ask, isAsk } from './messages.ts'

const MAX_QUESTIONS_AT_ONCE = 5
const WORD_MS = 38

/** What the tool may search, by permission; the first one the user holds. */
const SOURCES = [
  ['read:handbook', 'search_handbook'],
  ['read:protocol', 'search_protocol'],
] as const

type Step = [delayMs: number, message: AgentMessage]

export interface AgentOptions {
  clock?: Clock
  /** How long everything takes, as a share of the usual time. @default 1 */
  pace?: number
}

/** Serves one connection until it closes. */
export function serveAgent(connection: Connection, { clock = systemClock, pace = 1 }: AgentOptions = {}): void {
  const running = new Set<() => void>()
  const permissions = () => connection.identity?.permissions ?? []

  function play(steps: readonly Step[]) {
    let cancel = () => {}
    const stop = () => cancel()
    const next = (index: number) => {
      const step = steps[index]
      if (!step) return void running.delete(stop)
      const [delayMs, message] = step
      cancel = clock.setTimer(() => {
        connection.send(message)
        next(index + 1)
      }, delayMs * pace)
    }
    running.add(stop)
    next(0)
  }

  function refuse({ id }: Ask, error: AgentRefusal) {
    connection.send({ type: 'agent_completed', reply_to: id, delta: '', done: true, error } satisfies AgentMessage)
  }

  connection.onMessage((message) => {
    if (!isAsk(message)) return
    if (!permissions().includes('ask')) return refuse(message, 'not_permitted')
    if (running.size >= MAX_QUESTIONS_AT_ONCE) return refuse(message, 'too_many_questions')
    play(stepsFor(message, permissions()))
  })
  connection.onClose(() => {
    for (const stop of running) stop()
  })
}

function stepsFor({ id: reply_to, text }: Ask, permissions: readonly string[]): Step[] {
  const { thinking, search, found, answer } = answerTo(text)
  const tool = SOURCES.find(([permission]) => permissions.includes(permission))?.[1]
  const lookUp: Step[] = tool
    ? [
        [550, { type: 'tool_executing', reply_to, tool, input: search }],
        [700, { type: 'tool_completed', reply_to, tool, result: found }],
      ]
    : []
  return [
    [120, { type: 'agent_started', reply_to }],
    [250, { type: 'agent_thinking', reply_to, text: thinking }],
    ...lookUp,
    ...pieces(answer).map((delta, index, all): Step => {
      return [index === 0 ? 300 : WORD_MS, { type: 'agent_completed', reply_to, delta, done: index === all.length - 1 }]
    }),
  ]
}

/** Words with the space that follows them, so that joining them gives the text again. */
const pieces = (text: string) => text.match(/\S+\s*/g) ?? [text]
