import { CONNECTION } from './connection.ts'
import { DETAILS } from './details.ts'
import { FORCED_COLORS } from './forced-colors.ts'
import { FRAME } from './frame.ts'
import { TOKENS } from './tokens.ts'

/** As a constructed sheet: it also works where the page's Content-Security-Policy forbids inline styles. */
export function adoptStyles(root: ShadowRoot, document: Document): void {
  const view = document.defaultView
  if (!view) return
  const styles = [TOKENS, FRAME, CONNECTION, DETAILS, FORCED_COLORS].join('\n')
  const css = view.CSS?.supports('color', 'light-dark(#fff, #000)') === false ? inPlainColours(styles) : styles
  if ('adoptedStyleSheets' in root) {
    const sheet = new view.CSSStyleSheet()
    sheet.replaceSync(css)
    root.adoptedStyleSheets = [sheet]
  } else {
    // Safari before 16.4.
    const style = document.createElement('style')
    style.textContent = css
    ;(root as ShadowRoot).append(style)
  }
}

/** For browsers before 2024: the light theme, and no mixed colours. */
export const inPlainColours = (css: string): string =>
  css
    .replace(/light-dark\((#\w+|rgb\([^)]*\)), (?:#\w+|rgb\([^)]*\))\)/g, '$1')
    .replace(/color-mix\(in srgb, (var\([^)]*\)) \d+%, (?:var\([^)]*\)|\w+)\)/g, '$1')
