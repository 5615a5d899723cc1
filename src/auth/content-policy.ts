// The page's Content-Security-Policy. A request that it blocks fails without a reason in every browser, and only an event of the
// page names the directive.

import { TicketSocketError } from '../contract/errors.ts'
import type { Page } from '../platform/platform.ts'

/** Browsers report it within this time after the request has failed. */
export const REPORT_WAIT_MS = 100

/** Calls back when the policy blocks this URL. Returns the function that ends it; undefined where no event would say so. */
export function watchPolicy(
  page: Page,
  url: string,
  onBlocked: (error: TicketSocketError) => void,
): (() => void) | undefined {
  const { href, origin } = new URL(url)
  return page.onBlocked?.(({ url: blocked, directive }) => {
    // Browsers report the whole URL, and may shorten it to its origin: then also that of an image of the same server.
    const isConnection = directive === 'connect-src' || directive === 'default-src'
    if (isConnection && (blocked === href || blocked === origin)) onBlocked(blockedBy(directive, origin))
  })
}

const blockedBy = (directive: string, origin: string) =>
  new TicketSocketError(
    'blocked_by_policy',
    `The page's Content-Security-Policy blocks ${origin} (${directive}). Add ${origin} to connect-src.`,
  )
