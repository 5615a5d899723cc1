// A chat without React, or anything else: elements, and the SDK.

import type { TicketSocket } from 'ticket-socket'
import type { AgentMessage, Ask } from '../messages.ts'

/** Puts a small chat into `place`. The returned function takes it away. */
export function mountPlainChat(place: Element, socket: TicketSocket<AgentMessage, Ask>): () => void {
  place.innerHTML = `
    <h1>Without a framework</h1>
    <p>The connection is <strong role="status"></strong>.</p>
    <form>
      <label>Your question <input name="question" autocomplete="off" required></label>
      <button class="button">Ask</button>
    </form>
    <ol aria-label="Answers"></ol>`
  const find = <Element_ extends Element>(selector: string) => place.querySelector(selector) as Element_
  const [status, form, list] = [find('[role=status]'), find<HTMLFormElement>('form'), find('ol')]
  const answers = new Map<string, HTMLLIElement>()
  let lastId = 0

  const show = () => {
    const { status: now, method } = socket.store.getState()
    status.textContent = now === 'open' ? `open (${method})` : now
  }
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    const question = form.elements.namedItem('question') as HTMLInputElement
    const id = `v${++lastId}`
    const answer = document.createElement('li')
    answers.set(id, answer)
    list.append(answer)
    socket.send({ type: 'ask', id, text: question.value })
    form.reset()
  })
  const stops = [
    socket.store.subscribe(show),
    socket.onMessage('agent_completed', ({ reply_to, delta }) => answers.get(reply_to)?.append(delta)),
  ]
  show()
  socket.connect()

  return () => {
    for (const stop of stops) stop()
    socket.close()
    place.replaceChildren()
  }
}
