import { useState } from 'react'
import { useTicketAuth } from 'ticket-socket/react'
import { useStore } from 'zustand'
import type { FaultAction, FaultCommand, FaultSwitch } from '../fault-names.ts'
import type { DemoClient } from './client.ts'
import { ActionRow, SwitchRow } from './switch-row.tsx'
import { useFaults } from './use-faults.ts'

const SWITCHES: readonly { name: FaultSwitch; label: string; expect: string }[] = [
  {
    name: 'ticket_endpoint_down',
    label: 'Ticket endpoint: 503',
    expect: 'Reconnect four times: the prefetched ticket, then the JWT, then it reverts.',
  },
  {
    name: 'tickets_refused',
    label: 'Refuse every ticket',
    expect: 'Reconnect: fresh tickets fail with 4401, then the JWT connects without a wait.',
  },
]

const ACTIONS: readonly { action: FaultAction; label: string; verb: string; expect: string }[] = [
  {
    action: 'drop_sockets',
    label: 'Drop the socket',
    verb: 'Drop',
    expect: '1006. Back within a second, by another ticket.',
  },
  {
    action: 'restart',
    label: 'Restart the server',
    verb: 'Restart',
    expect: '4512. The return is spread over five seconds.',
  },
  {
    action: 'silence_sockets',
    label: 'Silence the socket',
    verb: 'Silence',
    expect: 'The heartbeat notices within eight seconds.',
  },
  {
    action: 'expire_tokens',
    label: 'Expire the JWT',
    verb: 'Expire',
    expect: '4411. Back at once, by a newer JWT; the browser logs one 401.',
  },
]

/** Breaks things for real: on the server, but for the flag, which is the page's own. */
export function Switches({ client: { flag, socket, note } }: { client: DemoClient }) {
  const ticketAuth = useStore(flag, (state) => state.ticketAuth)
  const { reverted } = useTicketAuth()
  const { state, apply } = useFaults()
  const [failed, setFailed] = useState(false)

  async function command(order: FaultCommand, title: string) {
    note({ title })
    setFailed(!(await apply(order)))
  }
  function flip() {
    flag.setState({ ticketAuth: !ticketAuth })
    note({ title: `You switched the feature flag ${ticketAuth ? 'off' : 'on'}` })
  }
  function reconnect() {
    note({ title: 'You reconnected' })
    socket.reconnect()
  }

  return (
    <section className="card switches" aria-labelledby="switches-title">
      <div className="switches__head">
        <h2 id="switches-title">Break something</h2>
        <p>For real, on the server. Nothing here is simulated.</p>
        {failed && <p role="alert">The demo server did not answer. Is it still running?</p>}
      </div>
      <ul className="rows">
        <ActionRow
          label="Reconnect"
          verb="Reconnect"
          expect="Closes the connection and dials at once."
          onRun={reconnect}
        />
        {ACTIONS.map(({ action, label, verb, expect }) => (
          <ActionRow
            key={action}
            label={label}
            verb={verb}
            expect={expect}
            onRun={() => void command({ action }, label)}
          />
        ))}
        {SWITCHES.map(({ name, label, expect }) => (
          <SwitchRow
            key={name}
            label={label}
            expect={expect}
            isOn={state?.[name] ?? false}
            onFlip={(on) => void command({ switch: name, on }, `${label}, ${on ? 'on' : 'off'}`)}
          />
        ))}
        <SwitchRow
          label="Feature flag: tickets"
          expect={flagWords(ticketAuth, reverted)}
          isOn={ticketAuth}
          onFlip={flip}
        />
      </ul>
    </section>
  )
}

function flagWords(ticketAuth: boolean, reverted: boolean): string {
  if (!ticketAuth) return 'Off: the next connection uses the JWT.'
  return reverted ? 'On, but reverted: the next connection uses the JWT.' : 'On: the next connection uses a ticket.'
}
