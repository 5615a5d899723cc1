import { glob, readFile, writeFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { defineConfig, type Options } from 'tsup'
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

const shared = {
  entry: { ...entries, ...commands },
  // The oldest browsers that are served; docs/limits.md names them.
  target: ['es2022', 'chrome108', 'firefox108', 'safari16'],
  dts: true,
  sourcemap: true,
  // Shared modules are built once per format; otherwise each entry of the CJS build had an error class of its own.
  splitting: true,
  // esbuild drops what is unused already. tsup's `treeshake` (a pass through Rollup) would drop "use client" as well.
  treeshake: false,
  // `node:` marks a built-in for every runtime that has it; tsup would strip it.
  removeNodeProtocol: false,
} satisfies Options

export default defineConfig([
  {
    ...shared,
    format: 'esm',
    clean: ['**/*.js', '**/*.js.map', '**/*.d.ts'],
    onSuccess: () => markAsClient('dist/react.js'),
  },
  {
    ...shared,
    format: 'cjs',
    clean: ['**/*.cjs', '**/*.cjs.map', '**/*.d.cts'],
    // An ES module only. Node can require such, Jest cannot.
    noExternal: ['@noble/hashes'],
    async onSuccess() {
      await markAsClient('dist/react.cjs')
      for await (const path of glob('dist/**/*.cjs.map')) await forgetFolder(path)
    },
  },
])
