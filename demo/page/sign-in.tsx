import { useState } from 'react'
import { useStore } from 'zustand'
import { DEMO_USERS, type DemoUser } from '../users.ts'
import { Avatar } from './avatar.tsx'
import { Brand } from './brand.tsx'
import type { Session } from './session.ts'
import { ThemeToggle } from './theme-toggle.tsx'

/** Two users to choose from. There is no password: the demo runs on this machine only. */
export function SignIn({ session }: { session: Session }) {
  const notice = useStore(session.store, (state) => state.notice)
  const [chosen, setChosen] = useState<string | null>(null)

  async function signIn({ id }: DemoUser) {
    setChosen(id)
    await session.signIn(id)
    setChosen(null)
  }

  return (
    <div className="sign-in">
      <header className="sign-in__top">
        <Brand />
        <ThemeToggle />
      </header>
      <main className="sign-in__main">
        <h1>An open socket, and no JWT in its URL.</h1>
        <p className="lede">
          Sign in, ask something, and watch the connection underneath: which ticket opened it, when the next one is
          fetched, and what happens when you break things.
        </p>
        <h2 className="sign-in__who">Continue as</h2>
        <div className="user-cards">
          {DEMO_USERS.map((user) => (
            <button
              key={user.id}
              type="button"
              className="user-card"
              disabled={chosen !== null}
              onClick={() => void signIn(user)}
            >
              <Avatar user={user} />
              <span className="user-card__name">{user.name}</span>
              <span className="user-card__role">{user.role}</span>
              <span className="user-card__about">{user.about}</span>
              <span className="user-card__permissions">
                {user.permissions.map((permission) => (
                  <code key={permission}>{permission}</code>
                ))}
              </span>
            </button>
          ))}
        </div>
        <p className="notice" role="alert" hidden={notice === null}>
          {notice}
        </p>
        <p className="fine-print">
          The JWT you get lives five minutes and stays in this page’s memory. A reload signs you out. There is{' '}
          <a href="/plain.html">the same without a framework</a>.
        </p>
      </main>
    </div>
  )
}
