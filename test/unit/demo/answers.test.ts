import { expect, test } from 'vitest'
import { answerTo } from '../../../demo/answers.ts'

test.each([
  ['What is a ticket, and why only once?', 'A ticket is 256 random bits'],
  ['What happens when the connection drops?', 'The page waits a random time'],
  ['When does it fall back to the JWT?', 'When no ticket is available'],
  ['Where would a JWT in the URL end up?', 'URLs are written down'],
  ['how do you notice a dead connection?', 'A connection can die silently'],
  ['What does a sign-out revoke?', 'A sign-out ends the session'],
  ['What happens when I log out?', 'A sign-out ends the session'],
  ['Does it stand in the logs?', 'URLs are written down'],
  ['Can I keep tickets in Redis with several servers?', 'In memory for one server'],
])('%s', (question, beginning) => {
  expect(answerTo(question).answer.startsWith(beginning)).toBe(true)
})

test('an unknown question gets the answer that this is no model, and what can be asked', () => {
  expect(answerTo('How is the weather in Lisbon?').answer).toMatch(/^I am not a model.*Ask me about tickets/s)
})
