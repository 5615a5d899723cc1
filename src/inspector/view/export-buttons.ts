import type { InspectorJournal } from '../journal.ts'
import type { Dom } from './dom.ts'
import { ICONS } from './icons.ts'

export interface ExportDeps {
  document: Document
  journal: () => InspectorJournal
  /** Shows a status message, also to screen readers. */
  say: (words: string) => void
}

/** Exports the recording: to the clipboard, or as a file. */
export function createExport({ h, button, icon }: Dom, { document, journal, say }: ExportDeps) {
  const view = document.defaultView

  async function copy(text: string, what: string) {
    try {
      // Missing on insecure origins, and refused where the page may not write there.
      await view?.navigator.clipboard.writeText(text)
      say(`${what} was copied.`)
    } catch {
      say('The browser does not let this page copy. Download it instead.')
    }
  }

  function download() {
    if (!view) return
    const file = new view.Blob([journalText()], { type: 'application/json' })
    const url = view.URL.createObjectURL(file)
    h('a', { href: url, download: `ticket-socket-journal-${journal().exportedAt}.json` }).click()
    view.URL.revokeObjectURL(url)
    say('The journal was downloaded.')
  }

  const journalText = () => JSON.stringify(journal(), null, 2)
  const withIcon = (name: keyof typeof ICONS, words: string, run: () => void) => {
    const element = button('', run, { class: 'icon-button', 'aria-label': words, title: words })
    element.append(icon(ICONS[name]))
    return element
  }

  return {
    copy: (text: string, what: string) => void copy(text, what),
    buttons: [
      withIcon('copy', 'Copy the journal as JSON', () => void copy(journalText(), 'The journal')),
      withIcon('download', 'Download the journal as JSON', download),
    ],
  }
}
