import { readFileSync } from 'node:fs'

/** The fenced blocks of one language in a document; for those that are no TypeScript. */
export const markdownBlocksOf = (path: string, language: string): string[] =>
  [...readFileSync(path, 'utf8').matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'))].map(
    ([, code = '']) => code,
  )
