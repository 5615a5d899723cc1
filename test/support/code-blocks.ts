// Finds the code that documents show: fenced blocks in Markdown, and the blocks of `@example` in doc comments.

export interface CodeBlock {
  /** The file that shows the code. */
  path: string
  /** The line of the code's first line in that file, from 1. */
  line: number
  language: 'ts' | 'tsx' | 'js' | 'jsx'
  code: string
}

export interface FoundBlocks {
  blocks: CodeBlock[]
  /** Blocks that would escape the check, as `path:line what is wrong`. */
  problems: string[]
}

const LANGUAGES: Readonly<Record<string, CodeBlock['language']>> = {
  ts: 'ts',
  typescript: 'ts',
  tsx: 'tsx',
  js: 'js',
  javascript: 'js',
  mjs: 'js',
  jsx: 'jsx',
}

const FENCE = /^(\s*)(`{3,}|~{3,})\s*(.*)$/

/** `lines` are a document's; `firstLine` is the number of the first of them in its file. */
function fencedBlocks(path: string, lines: readonly string[], firstLine: number): FoundBlocks {
  const found: FoundBlocks = { blocks: [], problems: [] }
  for (let at = 0; at < lines.length; at++) {
    const [, indent = '', fence, info = ''] = FENCE.exec(lines[at] ?? '') ?? []
    if (!fence) continue
    const start = at + 1
    const ends = (line: string) => line.trim().startsWith(fence) && /^[`~]+$/.test(line.trim())
    for (at = start; at < lines.length && !ends(lines[at] ?? ''); ) at++
    if (at >= lines.length) found.problems.push(`${path}:${firstLine + start - 1} the code block never ends`)
    const [word = '', ...rest] = info.trim().split(/\s+/)
    const language = LANGUAGES[word.toLowerCase()]
    if (!language) continue
    if (rest.length > 0) {
      found.problems.push(`${path}:${firstLine + start - 1} no word may follow the language, got '${rest.join(' ')}'`)
    }
    const code = lines.slice(start, at).map((line) => (line.startsWith(indent) ? line.slice(indent.length) : line))
    found.blocks.push({ path, line: firstLine + start, language, code: code.join('\n') })
  }
  return found
}

export const markdownBlocks = (path: string, text: string) => fencedBlocks(path, text.split('\n'), 1)

const DOC_COMMENT = /\/\*\*[\s\S]*?\*\//g

/** The blocks below each `@example` of the doc comments of a source file. */
export function exampleBlocks(path: string, text: string): FoundBlocks {
  const found: FoundBlocks = { blocks: [], problems: [] }
  for (const comment of text.matchAll(DOC_COMMENT)) {
    const firstLine = text.slice(0, comment.index).split('\n').length
    const lines = comment[0].split('\n').map((line) => line.replace(/^\s*\/?\*+\/? ?/, ''))
    const tags = lines.flatMap((line, index) => (/^@\w/.test(line) ? [index] : []))
    for (const tag of tags.filter((index) => /^@example\b/.test(lines[index] ?? ''))) {
      const end = tags.find((index) => index > tag) ?? lines.length
      const example = fencedBlocks(path, lines.slice(tag, end), firstLine + tag)
      if (example.blocks.length === 0) example.problems.push(`${path}:${firstLine + tag} @example shows no code block`)
      found.blocks.push(...example.blocks)
      found.problems.push(...example.problems)
    }
  }
  return found
}
