import { useSocketStatus } from 'ticket-socket/react'
import type { DemoUser } from '../users.ts'
import { Avatar } from './avatar.tsx'
import { Brand } from './brand.tsx'
import { ThemeToggle } from './theme-toggle.tsx'

export function Header({ user, onSignOut }: { user: DemoUser; onSignOut: () => void }) {
  const status = useSocketStatus()
  return (
    <header className="header">
      <Brand />
      <span className={`pill pill--${status}`}>{status}</span>
      <span className="header__user">
        <Avatar user={user} />
        <span className="header__name">{user.name}</span>
      </span>
      <ThemeToggle />
      <button
        type="button"
        className="button"
        title="Revokes the prefetched ticket, closes the socket and drops queued messages"
        onClick={onSignOut}
      >
        Sign out
      </button>
    </header>
  )
}
