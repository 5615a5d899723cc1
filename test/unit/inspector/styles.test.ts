import { globSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { inPlainColours } from '../../../src/inspector/styles/adopt-styles.ts'

test('browsers without light-dark() get the light theme, in colours that they know', () => {
  const styles = globSync('src/inspector/styles/*.ts').map((path) => readFileSync(path, 'utf8'))
  const css = styles.filter((text) => text.includes('export const') && !text.includes('inPlainColours')).join('\n')
  expect(css).toContain('light-dark(#f5f4ef, #141512)')
  const plain = inPlainColours(css)
  expect(plain).toContain('--paper: #f5f4ef;')
  expect(plain).toContain('--phase: var(--you);')
  expect(plain).toContain('0 1px 2px rgb(40 36 20 / 7%);')
  expect(plain).not.toMatch(/light-dark\(|color-mix\(/)
})
