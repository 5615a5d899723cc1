// The list of reserved numbers and names in PROTOCOL.md, held to the rules above it and to the source.

import { globSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { CLOSE, CLOSE_REASONS } from '../../../src/contract/close-codes.ts'
import {
  JWT_PARAMETERS,
  PLAIN_SUBPROTOCOL,
  RESERVED_PREFIX,
  SUBPROTOCOL,
  TICKET_PARAMETERS,
} from '../../../src/contract/wire.ts'

const protocol = readFileSync('PROTOCOL.md', 'utf8')
const [rules = '', list = ''] = protocol.split(/^## 11\. .*$/m)
const sources = globSync('src/**/*.ts').map((path) => readFileSync(path, 'utf8'))

/** The cell beside this name. */
function row(name: string): string {
  const [, cell = ''] =
    list
      .split('\n')
      .find((line) => line.startsWith(`| ${name} |`))
      ?.split(' | ') ?? []
  if (cell === '') throw new Error(`the list has no row '${name}'`)
  return cell
}
const quoted = (cell: string) => [...cell.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? '')
const inUse = (cell: string) => quoted(cell.slice(cell.indexOf('In use:')))
const found = (pattern: RegExp, texts: readonly string[]) =>
  [...new Set(texts.flatMap((text) => [...text.matchAll(pattern)].map((match) => match[1] ?? '')))].sort()

test('every rule, and no other', () => {
  const numbers = [...rules.matchAll(/^\*\*PR-(\d\d)\.\*\*/gm)].map((match) => Number(match[1]))
  const taken = row('rules')
    .split(', ')
    .flatMap((range) => {
      const [from, to = from] = [...range.matchAll(/PR-(\d\d)/g)].map((match) => Number(match[1]))
      return Array.from({ length: (to ?? 0) - (from ?? 0) + 1 }, (_, index) => (from ?? 0) + index)
    })
  expect(taken).toEqual(numbers)
})

describe('close codes', () => {
  const table = rules.slice(rules.indexOf('**PR-60.**'), rules.indexOf('**PR-61.**'))
  const codes = found(
    /(?:^\| |, )(\d{4})(?=[, |])/gm,
    table.split('\n').filter((line) => /^\| \d{4}/.test(line)),
  )
  const own = inUse(row('close codes'))
  const ofTheStandard = quoted(row('close codes of RFC 6455 with a meaning here'))

  test('are those of the table of PR-60', () => {
    expect([...ofTheStandard, ...own]).toEqual(codes)
  })

  test('are those that the source knows', () => {
    const classified = found(/^ {2}(\d{4}): /gm, [readFileSync('src/contract/close-codes.ts', 'utf8')])
    expect(codes).toEqual(expect.arrayContaining([...classified, ...Object.values(CLOSE).map(String)]))
  })

  test('and their reasons are those that the server sends', () => {
    expect(quoted(row('close reasons'))).toEqual([...CLOSE_REASONS, ';retry_after_ms='])
  })
})

describe('frame types', () => {
  const types = inUse(row('frame types'))

  test('all begin with the prefix', () => {
    expect(quoted(row('frame types'))[0]).toBe(RESERVED_PREFIX)
    expect(types.every((type) => type.startsWith(RESERVED_PREFIX))).toBe(true)
  })

  test('are those of wire.ts, of the schemas and of the table of PR-70', () => {
    const inWire = found(/^ {2}type: '(ts:\w+)'$/gm, [readFileSync('src/contract/wire.ts', 'utf8')])
    const inSchemas = found(/z\.literal\('(ts:\w+)'\)/g, [readFileSync('src/contract/schemas.ts', 'utf8')])
    const inTable = found(/\{"type":"(ts:\w+)"/g, [
      rules.slice(rules.indexOf('**PR-70.**'), rules.indexOf('**PR-71.**')),
    ])
    expect([inWire, inSchemas, inTable]).toEqual([[...types].sort(), [...types].sort(), [...types].sort()])
  })

  test('nothing in the source, the mock and the conformance rules says another', () => {
    const said = found(/'(ts:[a-z_]+)'/g, sources).filter((type) => type !== 'ts:of_a_later_version')
    expect(said).toEqual([...types].sort())
  })

  test('and the codes of the error frame are those that the server gives', () => {
    const own = found(/(?:refuse|refusedCredential|code:) ?\(?'(\w+)'/g, [
      readFileSync('src/server/control-frames.ts', 'utf8'),
    ])
    const ofJwts = found(/'(jwt_(?:invalid|expired))'/g, [readFileSync('src/server/token-check.ts', 'utf8')])
    expect([...quoted(row('codes of `ts:error`'))].sort()).toEqual([...new Set([...own, ...ofJwts])].sort())
  })
})

test('query parameters are those that server and client know', () => {
  const [, more = ''] =
    /\[\.\.\.JWT_PARAMETERS, '(\w+)'\]/.exec(readFileSync('src/socket/credential-in-url.ts', 'utf8')) ?? []
  expect(quoted(row('query parameters of a WebSocket’s URL'))).toEqual([...TICKET_PARAMETERS, ...JWT_PARAMETERS, more])
})

test('subprotocols are those that server and client know', () => {
  const [ours, plain, ...prefixes] = quoted(row('subprotocols'))
  expect([ours, plain]).toEqual([SUBPROTOCOL, PLAIN_SUBPROTOCOL])
  const [, schemes = ''] = /\^\(([\w|-]+)\)\\\./.exec(readFileSync('src/server/upgrade-credentials.ts', 'utf8')) ?? []
  expect(prefixes).toEqual(schemes.split('|').map((scheme) => `${scheme}.`))
})

test('a list that is wrong is found', () => {
  expect(() => row('nothing of the kind')).toThrow("no row 'nothing of the kind'")
  expect(inUse('all from 1. In use: `1`, `2`')).toEqual(['1', '2'])
})
