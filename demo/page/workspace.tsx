import type { DemoUser } from '../users.ts'
import { Announcements } from './announcements.tsx'
import type { DemoClient } from './client.ts'
import { Conversation } from './conversation.tsx'
import { Header } from './header.tsx'
import { Panel } from './panel/panel.tsx'
import { TimelineList } from './panel/timeline-list.tsx'
import { Switches } from './switches.tsx'

export function Workspace({ client, user }: { client: DemoClient; user: DemoUser }) {
  const { auth, conversation, timeline, logOut } = client
  return (
    <div className="workspace">
      <a className="skip-link" href="#question">
        Skip to the question
      </a>
      <Header user={user} onLogOut={logOut} />
      <main className="workspace__main">
        <h1 className="visually-hidden">ticket-socket demo</h1>
        <Conversation conversation={conversation} user={user} onRetryTickets={() => auth.resetTicketFailures()} />
        <Panel onRetryTickets={() => auth.resetTicketFailures()} />
        <TimelineList timeline={timeline} />
        <Switches client={client} />
      </main>
      <Announcements />
    </div>
  )
}
