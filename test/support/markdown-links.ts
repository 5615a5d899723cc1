// Follows the links and pictures of Markdown files that stay inside the repository.

import { posix } from 'node:path'

export interface Documents {
  /** Text of a Markdown file, or `undefined` where there is none. */
  text(path: string): string | undefined
  /** Whether a file or folder exists. */
  exists(path: string): boolean
}

const LINK =
  /!?\[[^\]]*\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)|<(?:img|a|source)\b[^>]*?\b(?:src|srcset|href)="([^"]+)"/g
const DEFINITION = /^\[[^\]]+\]:\s*(\S+)/

/** GitHub's anchor of a heading. */
const anchorOf = (heading: string) =>
  heading
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replaceAll(' ', '-')

function linesOutsideCode(text: string): string[] {
  let fence: string | null = null
  return text.split('\n').map((line) => {
    const mark = /^\s*(`{3,}|~{3,})/.exec(line)?.[1]
    if (fence) {
      if (mark?.startsWith(fence)) fence = null
      return ''
    }
    if (mark) fence = mark
    return mark ? '' : line.replace(/`[^`]*`/g, '')
  })
}

function anchorsIn(text: string): Set<string> {
  const anchors = new Set<string>()
  const taken = new Map<string, number>()
  let inCode = false
  for (const line of text.split('\n')) {
    if (/^\s*(```|~~~)/.test(line)) inCode = !inCode
    const heading = inCode ? undefined : /^#{1,6}\s+(.*?)\s*#*$/.exec(line)?.[1]
    for (const [, id] of line.matchAll(/\b(?:id|name)="([^"]+)"/g)) if (id) anchors.add(id)
    if (heading === undefined) continue
    const anchor = anchorOf(heading.replaceAll('`', ''))
    const times = taken.get(anchor) ?? 0
    taken.set(anchor, times + 1)
    anchors.add(times === 0 ? anchor : `${anchor}-${times}`)
  }
  return anchors
}

function linkProblem(from: string, link: string, documents: Documents): string | null {
  if (/^[a-z][a-z\d+.-]*:|^\/\//i.test(link)) return null
  const [path = '', anchor] = link.split('#')
  const target = path === '' ? from : posix.normalize(posix.join(posix.dirname(from), decodeURI(path)))
  if (target.startsWith('..')) return `'${link}' leads out of the repository`
  if (!documents.exists(target)) return `'${link}' leads nowhere`
  if (!anchor || !target.endsWith('.md')) return null
  return anchorsIn(documents.text(target) ?? '').has(anchor) ? null : `'${link}': ${target} has no such heading`
}

/** Links of the document at `path` that lead nowhere, as `path:line what is wrong`. */
export function linkProblems(path: string, documents: Documents): string[] {
  return linesOutsideCode(documents.text(path) ?? '').flatMap((line, index) => {
    const links = [...line.matchAll(LINK)].map((match) => match[1] ?? match[2] ?? '')
    const defined = DEFINITION.exec(line)?.[1]
    return [...links, ...(defined ? [defined] : [])].flatMap((link) => {
      const problem = linkProblem(path, link, documents)
      return problem ? [`${path}:${index + 1} ${problem}`] : []
    })
  })
}
