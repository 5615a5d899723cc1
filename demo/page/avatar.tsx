import type { DemoUser } from '../users.ts'

/** The initials; decoration beside the name. */
export const Avatar = ({ user }: { user: DemoUser }) => (
  <span className={`avatar avatar--${user.id}`} aria-hidden="true">
    {user.name.replace(/[^A-Z]/g, '')}
  </span>
)
