// Each hook of `ticket-socket/react` in the smallest component that needs it, with a ticket or the JWT as the toolbar sets.
// Hooks that promise how often they render show the number.

import type { Meta, StoryObj } from '@storybook/react-vite'
import { type ReactNode, useRef, useState } from 'react'
import { expect } from 'storybook/test'
import {
  useLatestMessage,
  useMessage,
  useMessages,
  useRequest,
  useSocketStatus,
  useTicketAuth,
  useTicketSocket,
} from 'ticket-socket/react'
import { inOwnWorld, methodOf } from './support/in-own-world.ts'
import { Beside, inspectorIn, withWorld, worldOf } from './support/world-story.tsx'

const meta = {
  title: 'Hooks',
  component: Beside,
  ...withWorld,
} satisfies Meta<typeof Beside>

export default meta
type Story = StoryObj<typeof meta>

/** These stories cover every setting of the flag and the user. */
const follows = (play: NonNullable<Story['play']>) => inOwnWorld(play, 'ticketAuth', 'user')

const showing = (Sample: () => ReactNode): Pick<Story, 'render'> => ({
  render: (_args, { loaded }) => (
    <Beside world={worldOf(loaded)}>
      <section className="card sample">
        <Sample />
      </section>
    </Beside>
  ),
})

/** How often the component with the hook has rendered. */
function useRenders(): number {
  const times = useRef(0)
  times.current++
  return times.current
}

/** The render count that the component shows. */
const rendersIn = ({ textContent }: HTMLElement) => Number(/Rendered (\d+) times/.exec(textContent ?? '')?.[1])
/** Long enough for React to render, so that two changes do not become one render. */
const aMoment = () => new Promise((resolve) => setTimeout(resolve, 50))

function Connection() {
  const { status, method, session, send, reconnect } = useTicketSocket()
  const [receipt, setReceipt] = useState('')
  return (
    <>
      <h1>useTicketSocket</h1>
      <p>
        {status} ({method ?? 'no method yet'}), {session ? 'with a session' : 'without a session'}
      </p>
      <button type="button" className="button" onClick={() => setReceipt(send({ type: 'hello' }).status)}>
        Send
      </button>{' '}
      <button type="button" className="button" onClick={reconnect}>
        Reconnect
      </button>
      <p>{receipt && `The message was ${receipt}.`}</p>
    </>
  )
}

/** The connection: its snapshot and its methods. */
export const UseTicketSocket: Story = {
  ...showing(Connection),
  play: follows(async ({ canvas, canvasElement, userEvent, loaded }) => {
    await inspectorIn(canvasElement).isOpenBy(methodOf(worldOf(loaded)))
    await expect(canvas.getByText(`open (${methodOf(worldOf(loaded)).toLowerCase()}), with a session`)).toBeVisible()
    await userEvent.click(canvas.getByRole('button', { name: 'Send' }))
    await expect(canvas.getByText('The message was sent.')).toBeVisible()
    await userEvent.click(canvas.getByRole('button', { name: 'Reconnect' }))
    await inspectorIn(canvasElement).soon(() => expect(worldOf(loaded).backend.journal.of('upgrade')).toHaveLength(2))
  }),
}

function Status() {
  const renders = useRenders()
  return (
    <>
      <h1>useSocketStatus</h1>
      <p>
        The connection is <output>{useSocketStatus()}</output>.
      </p>
      <p>Rendered {renders} times.</p>
    </>
  )
}

/** The status alone: a round trip or a queued message does not render it again. */
export const UseSocketStatus: Story = {
  ...showing(Status),
  play: follows(async ({ canvas, canvasElement, loaded }) => {
    const inspector = inspectorIn(canvasElement)
    await inspector.isOpenBy(methodOf(worldOf(loaded)))
    await expect(canvas.getByRole('status')).toHaveTextContent('open')
    const { socket } = worldOf(loaded)
    const before = rendersIn(canvasElement)
    const snapshots = new Set([socket.store.getState()])
    socket.store.subscribe((snapshot) => snapshots.add(snapshot))
    await inspector.soon(() => expect(snapshots.size).toBeGreaterThan(1))
    await aMoment()
    await expect(rendersIn(canvasElement)).toBe(before)
    socket.close()
    await inspector.soon(() => expect(canvas.getByRole('status')).toHaveTextContent('closed'))
    await expect(rendersIn(canvasElement)).toBe(before + 1)
  }),
}

function Auth() {
  const { ticketAuth, signedIn, userId, ticketFailures, prefetched } = useTicketAuth()
  return (
    <>
      <h1>useTicketAuth</h1>
      <p>
        {signedIn ? `${userId} is signed in` : 'nobody is signed in'}; tickets are {ticketAuth ? 'on' : 'off'}.
      </p>
      <p>
        {ticketFailures} failures, {prefetched ? 'a ticket is prefetched' : 'no prefetched ticket'}
      </p>
    </>
  )
}

/** The flag, the user, the failures and the prefetched ticket. */
export const UseTicketAuth: Story = {
  ...showing(Auth),
  play: follows(async ({ canvas, canvasElement, loaded }) => {
    await inspectorIn(canvasElement).isOpenBy(methodOf(worldOf(loaded)))
    const { user, toolbar } = worldOf(loaded)
    const isOn = toolbar.ticketAuth === 'on'
    await canvas.findByText(`${user?.id} is signed in; tickets are ${toolbar.ticketAuth}.`)
    await canvas.findByText(isOn ? '0 failures, a ticket is prefetched' : '0 failures, no prefetched ticket')
  }),
}

function Bell() {
  const [rings, setRings] = useState(0)
  const hums = useRef(0)
  const renders = useRenders()
  useMessage('ring', () => setRings((before) => before + 1))
  useMessage('hum', () => {
    hums.current++
  })
  return (
    <>
      <h1>useMessage</h1>
      <p>
        It rang {rings} times, and had hummed {hums.current} times by then.
      </p>
      <p>Rendered {renders} times.</p>
    </>
  )
}

/** A handler for each message of a type. None of them renders by itself. */
export const UseMessage: Story = {
  ...showing(Bell),
  play: follows(async ({ canvas, canvasElement, loaded }) => {
    await inspectorIn(canvasElement).isOpenBy(methodOf(worldOf(loaded)))
    const { backend } = worldOf(loaded)
    const before = rendersIn(canvasElement)
    for (let n = 0; n < 20; n++) backend.broadcast({ type: 'hum' })
    await aMoment()
    await expect(rendersIn(canvasElement)).toBe(before)
    for (let n = 0; n < 3; n++) {
      backend.broadcast({ type: 'ring' })
      await aMoment()
    }
    await canvas.findByText('It rang 3 times, and had hummed 20 times by then.')
    await expect(rendersIn(canvasElement)).toBe(before + 3)
  }),
}

function Price() {
  const price = useLatestMessage('tick', (message) => Math.round(Number(message.price)))
  const renders = useRenders()
  return (
    <>
      <h1>useLatestMessage</h1>
      <p>The price is {price ?? 'not known yet'}.</p>
      <p>Rendered {renders} times.</p>
    </>
  )
}

/** The newest message, or a value picked from it: renders when the picked value changes. */
export const UseLatestMessage: Story = {
  ...showing(Price),
  play: follows(async ({ canvas, canvasElement, loaded }) => {
    await inspectorIn(canvasElement).isOpenBy(methodOf(worldOf(loaded)))
    await expect(canvas.getByText('The price is not known yet.')).toBeVisible()
    const before = rendersIn(canvasElement)
    for (const price of [9.8, 10.1, 10.4, 41.9, 42.2]) {
      worldOf(loaded).backend.broadcast({ type: 'tick', price })
      await aMoment()
    }
    await canvas.findByText('The price is 42.')
    await expect(rendersIn(canvasElement)).toBe(before + 2)
  }),
}

function Log() {
  const lines = useMessages('log', { limit: 3 })
  return (
    <>
      <h1>useMessages</h1>
      <ol aria-label="Log">
        {lines.map(({ text }) => (
          <li key={String(text)}>{String(text)}</li>
        ))}
      </ol>
    </>
  )
}

/** The newest messages of a type, oldest first, up to a limit. */
export const UseMessages: Story = {
  ...showing(Log),
  play: follows(async ({ canvas, canvasElement, loaded }) => {
    await inspectorIn(canvasElement).isOpenBy(methodOf(worldOf(loaded)))
    for (const text of ['one', 'two', 'three', 'four']) worldOf(loaded).backend.broadcast({ type: 'log', text })
    await canvas.findByText('four')
    await expect(canvas.getAllByRole('listitem').map(({ textContent }) => textContent)).toEqual([
      'two',
      'three',
      'four',
    ])
  }),
}

function Profile() {
  const { request, data, error, pending } = useRequest<{ type: 'user'; name: string }>()
  const ask = (type: string) => void request({ type }, { timeoutMs: 500 })
  return (
    <>
      <h1>useRequest</h1>
      <button type="button" className="button" disabled={pending} onClick={() => ask('get_user')}>
        Who am I?
      </button>{' '}
      <button type="button" className="button" disabled={pending} onClick={() => ask('get_nothing')}>
        Ask what nobody answers
      </button>
      <p>{pending ? 'waiting' : data ? `You are ${data.name}.` : 'Nothing was asked.'}</p>
      {error && <p role="alert">{error.message}</p>}
    </>
  )
}

/** A question and its answer, or the error instead. */
export const UseRequest: Story = {
  ...showing(Profile),
  play: follows(async ({ canvas, canvasElement, userEvent, loaded }) => {
    const inspector = inspectorIn(canvasElement)
    await inspector.isOpenBy(methodOf(worldOf(loaded)))
    worldOf(loaded).backend.onMessage('get_user', ({ id }, connection) => {
      connection.send({ type: 'user', reply_to: id, name: connection.identity?.userId })
    })
    await userEvent.click(canvas.getByRole('button', { name: 'Who am I?' }))
    await canvas.findByText(`You are ${worldOf(loaded).user?.id}.`)
    await userEvent.click(canvas.getByRole('button', { name: 'Ask what nobody answers' }))
    await expect(await canvas.findByRole('alert', {}, { timeout: 10_000 })).toBeVisible()
  }),
}
