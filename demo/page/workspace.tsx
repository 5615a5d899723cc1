import type { DemoUser } from '../users.ts'
import type { DemoClient } from './client.ts'
import { Conversation } from './conversation.tsx'
import { Header } from './header.tsx'
import { Switches } from './switches.tsx'
import { Underneath } from './underneath.tsx'

export function Workspace({ client, user }: { client: DemoClient; user: DemoUser }) {
  const { auth, conversation, inspect, signOut } = client
  return (
    <div className="workspace">
      <a className="skip-link" href="#question">
        Skip to the question
      </a>
      <Header user={user} onSignOut={signOut} />
      <main className="workspace__main">
        <h1 className="visually-hidden">ticket-socket demo</h1>
        <Conversation conversation={conversation} user={user} onRetryTickets={() => auth.resetTicketFailures()} />
        <Underneath inspect={inspect} />
        <Switches client={client} />
      </main>
    </div>
  )
}
