import { JWT_PARAMETERS, TICKET_PARAMETERS } from '../contract/wire.ts'

const CREDENTIAL_PARAMETERS: readonly string[] = [...TICKET_PARAMETERS, ...JWT_PARAMETERS]

/** The URL of a connection as the app passed it: without the parameters in which a server accepts a credential. */
export function appUrlOf({ origin, pathname, search }: URL): string {
  const nameOf = (part: string) => [...new URLSearchParams(part).keys()][0] ?? ''
  const own = search
    .slice(1)
    .split('&')
    .filter((part) => part !== '' && !CREDENTIAL_PARAMETERS.includes(nameOf(part)))
  return `${origin}${pathname}${own.length > 0 ? `?${own.join('&')}` : ''}`
}
