import { TicketSocketProvider } from 'ticket-socket/react'
import { useStore } from 'zustand'
import type { DemoClient } from './client.ts'
import { SignIn } from './sign-in.tsx'
import { Workspace } from './workspace.tsx'

/** Without a user: the two cards. With a user: the conversation and the inspector. */
export function App({ client }: { client: DemoClient }) {
  const user = useStore(client.session.store, (state) => state.user)
  if (!user) return <SignIn session={client.session} />
  return (
    <TicketSocketProvider socket={client.socket} auth={client.auth}>
      <Workspace client={client} user={user} />
    </TicketSocketProvider>
  )
}
