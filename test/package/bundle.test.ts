import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { build, type Rolldown } from 'vite'
import { describe, expect, inject, test } from 'vitest'

interface Bundle {
  code: string
  /** Packages of which code was taken. */
  packages: string[]
}

/** What a bundler makes of a browser app; React stays outside, as the app has it anyway. */
async function bundle(name: string, source: string): Promise<Bundle> {
  const root = inject('fullProject')
  const input = join(root, `${name}.js`)
  writeFileSync(input, source)
  const output = (await build({
    root,
    configFile: false,
    logLevel: 'error',
    // Without comments, in which one folder may speak of another's matters.
    build: { write: false, minify: true, rolldownOptions: { input, external: [/^react(\/|$)/, /^node:/, 'ws'] } },
  })) as Rolldown.RolldownOutput
  const chunks = output.output.filter((part) => part.type === 'chunk')
  const modules = chunks.flatMap((chunk) =>
    Object.entries(chunk.modules).flatMap(([id, { renderedLength }]) => (renderedLength > 0 ? [id] : [])),
  )
  const packages = modules.flatMap((id) => {
    const path = id.replaceAll('\\', '/').split('/node_modules/').at(-1) ?? ''
    return id.includes('node_modules') ? [/^(@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? path] : []
  })
  return { code: chunks.map((chunk) => chunk.code).join('\n'), packages: [...new Set(packages)].sort() }
}

/** The sentences (of errors, logs, answers) in the sources of these folders. */
function sentencesIn(patterns: string[]): Set<string> {
  const texts = new Set<string>()
  for (const path of globSync(patterns)) {
    const visit = (node: ts.Node) => {
      if (ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node)) {
        texts.add(node.text.trim())
      }
      ts.forEachChild(node, visit)
    }
    visit(ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true))
  }
  // Single words are keys and codes, which both ends share.
  return new Set([...texts].filter((text) => text.length >= 12 && /\w \w/.test(text)))
}

const ofTheClient = [...sentencesIn(['src/{auth,socket,react,platform,contract}/**/*.{ts,tsx}', 'src/index.ts'])]
const onlyOf = (folder: string) =>
  [...sentencesIn([`src/${folder}/**/*.ts`])].filter((text) => !ofTheClient.some((theirs) => theirs.includes(text)))

const APP = `
  import * as client from 'ticket-socket'
  import * as react from 'ticket-socket/react'
  console.log(client, react)`

describe('an app that uses everything of the client', () => {
  test('carries zustand and no other package', async () => {
    const { packages } = await bundle('app', APP)
    expect(packages).toEqual(['ticket-socket', 'zustand'])
  })

  test.each([
    [
      'server',
      "import * as all from 'ticket-socket/server'; import * as redis from 'ticket-socket/server/redis'; console.log(all, redis)",
    ],
    ['mock', "import * as all from 'ticket-socket/mock'; console.log(all)"],
    ['mock/conformance', "import * as all from 'ticket-socket/mock/conformance'; console.log(all)"],
    ['inspector', "import * as all from 'ticket-socket/inspector'; console.log(all)"],
  ])('carries nothing of the %s, which its own bundle does', async (folder, source) => {
    const sentences = onlyOf(folder)
    const [app, own] = [await bundle('app', APP), await bundle(folder.replace('/', '-'), source)]
    expect(sentences.filter((text) => own.code.includes(text)).length).toBeGreaterThan(5)
    expect(sentences.filter((text) => app.code.includes(text))).toEqual([])
  })
})

test('an app that uses the errors alone carries neither the auth service nor zustand', async () => {
  const source = "import { isTicketSocketError } from 'ticket-socket'; console.log(isTicketSocketError)"
  const { code, packages } = await bundle('errors', source)
  expect(packages).toEqual(['ticket-socket'])
  expect(code.length).toBeLessThan(2_000)
})
