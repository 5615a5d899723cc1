// `npm run size:parts`: the bytes of each source file in the imports that .size-limit.json measures, bundled from the sources.
// `npm run size:parts -- React` shows only the imports with this word in their names.

import { readFileSync } from 'node:fs'
import { SourceMap } from 'node:module'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build, type Rolldown } from 'vite'
import { entries } from './entries.ts'

interface Check {
  name: string
  path: string
  import: string
  ignore?: string[]
}

interface Part {
  file: string
  minified: number
  /** By how much the gzipped bundle shrinks without the file's text. Phrases that repeat elsewhere cost nothing here. */
  gzipped: number
}

const ROOT = fileURLToPath(new URL('../', import.meta.url))
const ENTRY = `${ROOT}src/size-parts-entry.ts`

const gzipLength = (code: string) => gzipSync(code, { level: 9 }).length

async function bundle({ path, ignore = [], ...check }: Check): Promise<Rolldown.OutputChunk> {
  const source = Object.entries(entries).find(([entry]) => path === `dist/${entry}.js`)?.[1]
  if (!source) throw new Error(`${path} is not built from an entry. See scripts/entries.ts.`)
  const code = `export ${check.import} from ${JSON.stringify(ROOT + source)}`
  const resolveId = (id: string) => (id === ENTRY ? id : null)
  const built = await build({
    root: ROOT,
    configFile: false,
    logLevel: 'silent',
    plugins: [{ name: 'entry', resolveId, load: (id) => (id === ENTRY ? code : null) }],
    build: {
      minify: true,
      modulePreload: false,
      sourcemap: true,
      target: 'es2022',
      write: false,
      rolldownOptions: { input: ENTRY, external: ignore, preserveEntrySignatures: 'strict' },
    },
  })
  return (built as Rolldown.RolldownOutput).output[0]
}

/** For each file the places of its text in the bundle. */
function placesIn(lines: readonly string[], map: SourceMap): Map<string, Set<string>> {
  const places = new Map<string, Set<string>>()
  for (const [row, line] of lines.entries()) {
    for (let column = 0; column < line.length; column++) {
      const entry = map.findEntry(row, column)
      const file =
        'originalSource' in entry && entry.originalSource ? nameOf(entry.originalSource) : 'between the files'
      const own = places.get(file) ?? new Set()
      places.set(file, own.add(`${row}:${column}`))
    }
  }
  return places
}

const nameOf = (source: string) =>
  source.replace(/^.*?\/?(src|node_modules)\//, (_, folder) => (folder === 'src' ? '' : 'npm: '))

function partsOf({ code, map }: Rolldown.OutputChunk): Part[] {
  const lines = code.replace(/\n?\/\/# sourceMappingURL.*\n?$/, '').split('\n')
  const whole = gzipLength(lines.join('\n'))
  const places = placesIn(lines, new SourceMap(map as never))
  const parts = [...places].map(([file, own]) => {
    const rest = lines.map((line, row) => [...line].filter((_, column) => !own.has(`${row}:${column}`)).join(''))
    return { file, minified: own.size, gzipped: whole - gzipLength(rest.join('\n')) }
  })
  return parts.sort((a, b) => b.gzipped - a.gzipped)
}

function print({ name }: Check, chunk: Rolldown.OutputChunk) {
  console.log(`\n${name}: ${gzipLength(chunk.code)} bytes gzipped, ${chunk.code.length} minified`)
  for (const { file, minified, gzipped } of partsOf(chunk)) {
    console.log(`${String(gzipped).padStart(7)} ${String(minified).padStart(7)}  ${file}`)
  }
}

const [word = ''] = process.argv.slice(2)
const checks = JSON.parse(readFileSync(`${ROOT}.size-limit.json`, 'utf8')) as Check[]
for (const check of checks.filter(({ name }) => name.includes(word))) print(check, await bundle(check))
