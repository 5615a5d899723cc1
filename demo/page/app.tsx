import { TicketSocketProvider } from 'ticket-socket/react'
import { useStore } from 'zustand'
import type { DemoClient } from './client.ts'
import { SignIn } from './sign-in.tsx'
import { Workspace } from './workspace.tsx'

/** Nobody signed in: the two cards. Somebody: the conversation, and what is underneath. */
export function App({ client }: { client: DemoClient }) {
  const user = useStore(client.session.store, (state) => state.user)
  if (!user) return <SignIn session={client.session} />
  return (
    <TicketSocketProvider socket={client.socket} auth={client.auth}>
      <Workspace client={client} user={user} />
    </TicketSocketProvider>
  )
}
