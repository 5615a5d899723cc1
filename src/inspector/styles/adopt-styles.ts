import { CONNECTION } from './connection.ts'
import { DETAILS } from './details.ts'
import { FORCED_COLORS } from './forced-colors.ts'
import { FRAME } from './frame.ts'
import { TOKENS } from './tokens.ts'

/** As a constructed sheet: it also works where the page's Content-Security-Policy forbids inline styles. */
export function adoptStyles(root: ShadowRoot, document: Document): void {
  const view = document.defaultView
  if (!view) return
  const sheet = new view.CSSStyleSheet()
  sheet.replaceSync([TOKENS, FRAME, CONNECTION, DETAILS, FORCED_COLORS].join('\n'))
  root.adoptedStyleSheets = [sheet]
}
