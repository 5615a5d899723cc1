import { glob, readFile, writeFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { defineConfig } from 'tsup'
import { commands, entries } from './scripts/entries.ts'

/**
 * React's server bundlers read the directive as a file's very first statement. esbuild keeps it there in the ES module;
 * the way to CommonJS moves it below a line of its own.
 */
async function markAsClient(path: string): Promise<void> {
  const code = await readFile(path, 'utf8')
  // On the first line, so that the source map's lines stay right.
  if (!code.startsWith('"use client"')) await writeFile(path, `"use client";${code}`)
}

/** The CommonJS maps name the folder in which they were built, which is nobody's business. */
async function forgetFolder(path: string): Promise<void> {
  const map = JSON.parse(await readFile(path, 'utf8')) as { file: string; sources: string[] }
  const { file } = map
  const sources = map.sources.map((source) => (source === file ? basename(file) : source))
  await writeFile(path, JSON.stringify({ ...map, file: basename(file), sources }))
}

export default defineConfig({
  entry: { ...entries, ...commands },
  format: ['esm', 'cjs'],
  target: 'es2022',
  dts: true,
  sourcemap: true,
  clean: true,
  // Shared modules are built once per format; otherwise each entry of the CJS build had an error class of its own.
  splitting: true,
  // esbuild drops what is unused already. tsup's `treeshake` (a pass through Rollup) would drop "use client" as well.
  treeshake: false,
  // `node:` marks a built-in for every runtime that has it; tsup would strip it.
  removeNodeProtocol: false,
  async onSuccess() {
    await Promise.all(['dist/react.js', 'dist/react.cjs'].map(markAsClient))
    for await (const path of glob('dist/**/*.cjs.map')) await forgetFolder(path)
  },
})
