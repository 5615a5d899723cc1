import { describe, expect, test } from 'vitest'
import type { AgentMessage } from '../../../demo/messages.ts'
import { afterEvent, type ConversationEvent, type Exchange } from '../../../demo/page/conversation.ts'

const asked = (id: string, sent: 'sent' | 'queued' | 'dropped' = 'sent', key = id): ConversationEvent => ({
  type: 'asked',
  key,
  id,
  question: `question ${id}`,
  sent,
  receipt: sent === 'queued' ? 7 : null,
})
const received = (message: AgentMessage): ConversationEvent => ({ type: 'received', message, via: 'ticket' })
const after = (...events: ConversationEvent[]) => events.reduce<readonly Exchange[]>(afterEvent, [])
const states = (...events: ConversationEvent[]) => after(...events).map(({ state }) => state)

test('an answer is its pieces in order, with what the agent did before it', () => {
  const [exchange] = after(
    asked('a'),
    received({ type: 'agent_started', reply_to: 'a' }),
    received({ type: 'agent_thinking', reply_to: 'a', text: 'hm' }),
    received({ type: 'tool_executing', reply_to: 'a', tool: 'search', input: 'tickets' }),
    received({ type: 'tool_completed', reply_to: 'a', tool: 'search', result: '3 found' }),
    received({ type: 'agent_completed', reply_to: 'a', delta: 'Used ', done: false }),
    received({ type: 'agent_completed', reply_to: 'a', delta: 'once.', done: true }),
  )
  expect(exchange).toMatchObject({ state: 'answered', answer: 'Used once.', via: 'ticket' })
  expect(exchange?.trace).toEqual([
    { kind: 'thinking', text: 'hm', done: true },
    { kind: 'tool', text: 'search', detail: 'tickets: 3 found', done: true },
  ])
})

test('the answers to two questions at once do not mix', () => {
  const exchanges = after(
    asked('a'),
    asked('b'),
    received({ type: 'agent_completed', reply_to: 'b', delta: 'of b', done: false }),
    received({ type: 'agent_completed', reply_to: 'a', delta: 'of a', done: true }),
  )
  expect(exchanges.map(({ answer, state }) => [answer, state])).toEqual([
    ['of a', 'answered'],
    ['of b', 'answering'],
  ])
})

describe('when the connection is lost', () => {
  test('what was sent or half answered is interrupted, what waits goes on waiting', () => {
    const half = received({ type: 'agent_completed', reply_to: 'b', delta: 'Hal', done: false })
    expect(states(asked('a'), asked('b'), half, asked('c', 'queued'), { type: 'lost' })).toEqual([
      'interrupted',
      'interrupted',
      'queued',
    ])
  })

  test('what waited is sent by the next connection', () => {
    expect(states(asked('a', 'queued'), { type: 'lost' }, { type: 'opened' })).toEqual(['asked'])
  })

  test('a connection that was replaced on purpose interrupts as well', () => {
    expect(states(asked('a'), { type: 'opened' })).toEqual(['interrupted'])
  })

  test('asking again begins anew in the same place, and what still comes for the first asking is ignored', () => {
    const exchanges = after(
      asked('a'),
      asked('b'),
      { type: 'lost' },
      asked('a2', 'sent', 'a'),
      received({ type: 'agent_completed', reply_to: 'a', delta: 'late', done: true }),
    )
    expect(exchanges.map(({ key, id, answer, state }) => [key, id, answer, state])).toEqual([
      ['a', 'a2', '', 'asked'],
      ['b', 'b', '', 'interrupted'],
    ])
  })
})

test('a question that the queue gave up was not sent', () => {
  expect(states(asked('a', 'queued'), { type: 'dropped', receipt: 7 })).toEqual(['not_sent'])
  expect(states(asked('a', 'queued'), { type: 'dropped', receipt: 8 })).toEqual(['queued'])
  expect(states(asked('a', 'dropped'))).toEqual(['not_sent'])
})

test('a refusal says why', () => {
  const refusal = received({ type: 'agent_completed', reply_to: 'a', delta: '', done: true, error: 'not_permitted' })
  expect(after(asked('a'), refusal)).toMatchObject([{ state: 'refused', refusal: 'not_permitted' }])
})
