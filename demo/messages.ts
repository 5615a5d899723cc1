// What the page and the agent say to each other over the socket. `reply_to` names the question, so that the answers to
// two questions at once do not mix.

/** A question. `id` is the page's own. */
export type Ask = { type: 'ask'; id: string; text: string }

export type AgentMessage =
  | { type: 'agent_started'; reply_to: string }
  | { type: 'agent_thinking'; reply_to: string; text: string }
  | { type: 'tool_executing'; reply_to: string; tool: string; input: string }
  | { type: 'tool_completed'; reply_to: string; tool: string; result: string }
  /** The answer, piece by piece: the text is all `delta`s in order, complete with `done`. */
  | { type: 'agent_completed'; reply_to: string; delta: string; done: boolean }
  | { type: 'agent_completed'; reply_to: string; delta: ''; done: true; error: AgentRefusal }

/** Why there is no answer. */
export type AgentRefusal = 'not_permitted' | 'too_many_questions'

export const AGENT_MESSAGE_TYPES = [
  'agent_started',
  'agent_thinking',
  'tool_executing',
  'tool_completed',
  'agent_completed',
] as const satisfies readonly AgentMessage['type'][]

export const MAX_QUESTION_LENGTH = 500

export function isAsk(value: { type: string; [field: string]: unknown }): value is Ask {
  const { type, id, text } = value
  return (
    type === 'ask' &&
    typeof id === 'string' &&
    /^[\w-]{1,64}$/.test(id) &&
    typeof text === 'string' &&
    text.trim() !== '' &&
    text.length <= MAX_QUESTION_LENGTH
  )
}
