import { globSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { CLOSE, CLOSE_REASONS, type CloseVerdict, classify } from '../../../src/contract/close-codes.ts'

const protocol = readFileSync('PROTOCOL.md', 'utf8')

describe('the numbers of the rules', () => {
  const rules = [...protocol.matchAll(/^\*\*PR-(\d\d)\.\*\*/gm)].map((match) => Number(match[1]))

  test('each is given once, in order', () => {
    expect(rules.length).toBeGreaterThan(50)
    expect(rules).toEqual([...new Set(rules)].sort((a, b) => a - b))
  })

  test('one that is cited somewhere exists', () => {
    const files = globSync(['test/**/*.{ts,tsx}', 'src/**/*.{ts,tsx}', '*.md', 'docs/**/*.md'])
    const cited = files.flatMap((path) =>
      [...readFileSync(path, 'utf8').matchAll(/\bPR-(\d\d)\b/g)].map((match) => Number(match[1])),
    )
    expect(cited.length).toBeGreaterThan(rules.length)
    expect(cited.filter((rule) => !rules.includes(rule))).toEqual([])
  })
})

describe('PR-60: the table of close codes', () => {
  const cellsOf = (line: string) => line.split('|').map((cell) => cell.trim())
  const table = protocol.slice(protocol.indexOf('**PR-60.**'), protocol.indexOf('**PR-61.**'))
  const rows = table
    .split('\n')
    .filter((line) => /^\| [14]\d{3}\b/.test(line))
    .map(cellsOf)
    .flatMap(([, codes = '', reasons = '', , does = '', error = '']) =>
      codes.split(', ').map((code) => ({
        code: Number(code),
        reasons: [...reasons.matchAll(/`(\w+)`/g)].map((match) => match[1] ?? ''),
        does,
        error: /`(\w+)`/.exec(error)?.[1],
      })),
    )

  /** What the table says in words. */
  function inWords(verdict: CloseVerdict): string {
    switch (verdict.kind) {
      case 'done':
        return 'stays closed'
      case 'stop':
        return 'stops'
      case 'refused':
        return 'renews what it sent, see PR-65'
      case 'reconnect':
        return {
          backoff: 'reconnects, backed off',
          spread: 'reconnects, spread out',
          now: 'renews and reconnects at once',
        }[verdict.pace]
    }
  }

  test.each(rows)('$code $reasons: $does', ({ code, reasons, does, error }) => {
    for (const reason of reasons.length > 0 ? reasons : ['']) {
      const verdict = classify(code, reason, 60_000)
      expect([inWords(verdict), 'code' in verdict ? verdict.code : undefined]).toEqual([does, error])
    }
  })

  test('holds every code that has a name', () => {
    expect(rows.map(({ code }) => code)).toEqual(expect.arrayContaining(Object.values(CLOSE)))
  })

  test('holds every reason, and no other', () => {
    expect(new Set(rows.flatMap(({ reasons }) => reasons))).toEqual(new Set(CLOSE_REASONS))
  })
})
