import { existsSync, globSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { exampleBlocks, markdownBlocks } from '../support/code-blocks.ts'
import { compileBlocks } from '../support/compile-blocks.ts'
import { type Documents, linkProblems } from '../support/markdown-links.ts'

const root = process.cwd()
const read = (path: string) => readFileSync(path, 'utf8')
const paths = (pattern: string[]) => globSync(pattern).map((path) => path.replaceAll('\\', '/'))

const documents = paths(['*.md', '{docs,examples}/{,*/}*.md'])
const sources = paths(['src/**/*.{ts,tsx}'])

describe('the documents', () => {
  test('README, PROTOCOL, CONTRIBUTING and CHANGELOG exist, and the README shows code', () => {
    expect(documents).toEqual(expect.arrayContaining(['README.md', 'PROTOCOL.md', 'CONTRIBUTING.md', 'CHANGELOG.md']))
    expect(markdownBlocks('README.md', read('README.md')).blocks.length).toBeGreaterThan(0)
  })

  test('every code block and every @example compiles on the published names', { timeout: 60_000 }, () => {
    const found = [
      ...documents.map((path) => markdownBlocks(path, read(path))),
      ...sources.map((path) => exampleBlocks(path, read(path))),
    ]
    const blocks = found.flatMap((file) => file.blocks)
    expect(blocks.length).toBeGreaterThan(0)
    expect([...found.flatMap((file) => file.problems), ...compileBlocks(blocks, root)]).toEqual([])
  })

  test('every link and picture inside the repository leads somewhere', () => {
    const onDisk: Documents = { exists: existsSync, text: (path) => (existsSync(path) ? read(path) : undefined) }
    expect(documents.flatMap((path) => linkProblems(path, onDisk))).toEqual([])
  })
})

test('no document holds the markers of a merge that was left half done', () => {
  const marked = /^(?:<{7} |={7}$|>{7} )/m
  expect('a\n<<<<<<< HEAD\nb').toMatch(marked)
  expect('A heading\n=========').not.toMatch(marked)
  expect(documents.filter((path) => marked.test(read(path)))).toEqual([])
})

describe('what is wrong in a document is found', () => {
  const markdown = (...lines: string[]) => markdownBlocks('a.md', lines.join('\n'))

  test('a block that does not compile is named by file and line', { timeout: 60_000 }, () => {
    const wrong = markdown('# A', '', '```ts', "import { TicketSocketError } from 'ticket-socket/schemas'", '```')
    const alsoWrong = markdown('1. A list', '   ```tsx', '   const a = 1', '   const b: string = a', '   ```')
    const right = markdown('```js', "import * as schemas from 'ticket-socket/schemas'", 'schemas.ping.parse({})', '```')
    expect(compileBlocks([...wrong.blocks, ...alsoWrong.blocks, ...right.blocks], root)).toEqual([
      expect.stringMatching(/^a\.md:4 .*no exported member/),
      expect.stringMatching(/^a\.md:4 Type 'number' is not assignable to type 'string'/),
    ])
  })

  test('an example in a doc comment is found with its line, up to the next tag', () => {
    const source = ['/**', ' * Adds.', ' *', ' * @example', ' * ```ts', ' * add(1)', ' * ```', ' * @default 1', ' */']
    expect(exampleBlocks('src/a.ts', source.join('\n'))).toEqual({
      blocks: [{ path: 'src/a.ts', line: 6, language: 'ts', code: 'add(1)' }],
      problems: [],
    })
  })

  test('nothing escapes the check by an extra word, a missing fence or an end that never comes', () => {
    expect(markdown('```ts no-check', 'x', '```').problems).toEqual([expect.stringContaining("got 'no-check'")])
    expect(markdown('```ts', 'x').problems).toEqual(['a.md:1 the code block never ends'])
    expect(exampleBlocks('a.ts', '/**\n * @example add(1)\n */').problems).toEqual([
      'a.ts:2 @example shows no code block',
    ])
  })

  test.each([
    ['[a](missing.md)', "a.md:1 'missing.md' leads nowhere"],
    ['![a](docs/missing.png)', "a.md:1 'docs/missing.png' leads nowhere"],
    ['<img src="missing.png" alt="">', "a.md:1 'missing.png' leads nowhere"],
    ['[a](#missing)', "a.md:1 '#missing': a.md has no such heading"],
    ['[a](b.md#gone)', "a.md:1 'b.md#gone': b.md has no such heading"],
    ['[a](../outside.md)', "a.md:1 '../outside.md' leads out of the repository"],
    ['[a]: missing.md', "a.md:1 'missing.md' leads nowhere"],
  ])('the link %s', (line, problem) => {
    const texts: Record<string, string> = { 'a.md': line, 'b.md': '# Here' }
    expect(linkProblems('a.md', { exists: (path) => path in texts, text: (path) => texts[path] })).toEqual([problem])
  })

  test('and links that lead somewhere, or to the web, or stand in code, are not', () => {
    const texts: Record<string, string> = {
      'a.md':
        '# One `two` (three)\n[a](b.md#here) [a](#one-two-three) [a](https://x.test) `[a](gone.md)`\n```\n[a](gone)\n```',
      'b.md': '## Here',
    }
    expect(linkProblems('a.md', { exists: (path) => path in texts, text: (path) => texts[path] })).toEqual([])
  })
})
