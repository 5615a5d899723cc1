// Runs code that a document shows: each block is a module, with the published names resolved to the sources.

import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CodeBlock } from './code-blocks.ts'

export async function importBlock<Exports>({ code, language }: CodeBlock): Promise<Exports> {
  const path = join(mkdtempSync(join(tmpdir(), 'code-block-')), `block.${language}`)
  writeFileSync(path, code)
  return (await import(path)) as Exports
}
