// `npm run walk`: which files and functions a cold connect, a message out and a message in run through, and how often.
// `--write` draws them into docs/architecture.md, `--check` fails where the page differs.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { countOf, filesOf, type Walk, type WalkedFile, walkThroughTheClient } from '../test/support/walk.ts'
import { userStateSection } from './user-state-diagram.ts'

const FILE = fileURLToPath(new URL('../docs/architecture.md', import.meta.url))
const LAYERS = ['socket', 'auth', 'contract', 'platform']

const nameOf = (path: string) => path.replace(/^src\/[^/]+\//, '').replace(/\.ts$/, '')
const layerOf = (path: string) => path.split('/')[1] ?? ''

/** The first sentence of a file's first comment says what the file is; without one, that of its last docstring does. */
function ideaOf(path: string): string {
  const text = readFileSync(new URL(`../${path}`, import.meta.url), 'utf8')
  const header = /^(?:\/\/.*\n)+/.exec(text)?.[0]
  const docstring = [...text.matchAll(/^\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\nexport/gm)].at(-1)?.[1]
  const comment = (header ?? docstring ?? '').replace(/^(\/\/| \*) ?/gm, '').replace(/\s+/g, ' ')
  return /^.*?[.:](?= |$)/.exec(comment.trim())?.[0].replace(/:$/, '.') ?? ''
}

/** One box per stage, one node per layer, with the files that the stage is the first to enter. */
function drawing({ stages }: Walk): string {
  const seen = new Set<string>()
  const boxes = stages.map(({ name, files }, stage) => {
    const entered = files.filter(({ path }) => !seen.has(path))
    for (const { path } of entered) seen.add(path)
    const nodes = LAYERS.flatMap((layer) => {
      const names = entered.filter(({ path }) => layerOf(path) === layer).map(({ path }) => nameOf(path))
      return names.length === 0 ? [] : [{ id: `${layer}${stage}`, label: `<b>${layer}</b><br>${names.join('<br>')}` }]
    })
    const lines = nodes.map(({ id, label }) => `    ${id}["${label}"]`)
    const arrows = nodes.slice(1).map(({ id }, i) => `    ${nodes[i]?.id} --> ${id}`)
    return [`  subgraph stage${stage}["${stage + 1}. ${name}"]`, ...lines, ...arrows, '  end'].join('\n')
  })
  const order = stages.slice(1).map((_, stage) => `  stage${stage} --> stage${stage + 1}`)
  return ['```mermaid', 'flowchart LR', ...boxes, ...order, '```'].join('\n')
}

const inLayers = (files: readonly WalkedFile[]) =>
  [...files].sort(
    (a, b) => LAYERS.indexOf(layerOf(a.path)) - LAYERS.indexOf(layerOf(b.path)) || (a.path < b.path ? -1 : 1),
  )

function section(walk: Walk): string {
  const files = filesOf(walk)
  const { files: count, functions } = countOf(files)
  return `## ${walk.name}: ${count} files, ${functions} functions\n\n${drawing(walk)}`
}

export function architecturePage(walks: readonly Walk[]): string {
  const visited = new Map<string, WalkedFile>()
  for (const file of walks.flatMap(filesOf)) visited.set(file.path, file)
  const rows = inLayers([...visited.values()]).map(({ path }) => {
    const functions = walks.map((walk) => filesOf(walk).find((file) => file.path === path)?.functions.length ?? '–')
    return `| [${path.slice(4)}](../${path}) | ${ideaOf(path)} | ${functions.join(' | ')} |`
  })
  return `# Architecture: what runs when

Made by \`npm run walk -- --write\` from a run on real sockets; not edited by hand. After this page you know in which file
to look for a step of a connection.

Each layer imports the layers below it and nothing else; a test holds the sources to that.

\`\`\`mermaid
flowchart LR
  subgraph client
    react --> socket --> auth
    inspector --> socket
    rws["reconnecting-websocket"] --> socket
  end
  subgraph server
    mock --> core["server"]
    node["server/node"] --> core
    redis["server/redis"] --> core
    crossws["server/crossws"] --> core
  end
  auth --> contract
  auth --> platform
  core --> contract
  core --> platform
\`\`\`

${walks.map(section).join('\n\n')}

${userStateSection()}

## What each of these files is

The numbers are the functions of the file that run ${walks.map(({ name }) => `in *${name}*`).join(', ')}.

| file | what it is | connect | out | in |
| --- | --- | --- | --- | --- |
${rows.join('\n')}

## The other files of socket and auth

No walk above enters them: options, types, failures, calls of the app, and entries of their own.

| file | what it is |
| --- | --- |
${otherRows(new Set(visited.keys())).join('\n')}
`
}

/** What the walks do not enter, in the two layers that a change of the client usually concerns. */
function otherRows(visited: ReadonlySet<string>): string[] {
  return ['socket', 'auth'].flatMap((layer) =>
    readdirSync(new URL(`../src/${layer}/`, import.meta.url))
      .map((name) => `src/${layer}/${name}`)
      .filter((path) => !visited.has(path))
      .sort()
      .map((path) => `| [${path.slice(4)}](../${path}) | ${ideaOf(path)} |`),
  )
}

/** A page is out of date when a file comes or goes; how many functions run depends on the version of Node as well. */
const withoutNumbers = (page: string) => page.replace(/\d+ functions/g, '').replace(/(?: \| (?:\d+|–)){3} \|$/gm, '')

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const walks = await walkThroughTheClient()
  const page = architecturePage(walks)
  if (process.argv.includes('--write')) writeFileSync(FILE, page)
  if (process.argv.includes('--check') && withoutNumbers(readFileSync(FILE, 'utf8')) !== withoutNumbers(page)) {
    console.error('docs/architecture.md differs from what runs; run: npm run walk -- --write')
    process.exit(1)
  }
  console.table(walks.map((walk) => ({ walk: walk.name, ...countOf(filesOf(walk)) })))
}
