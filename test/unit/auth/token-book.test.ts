import { expect, test } from 'vitest'
import { createTokenBook } from '../../../src/auth/token-book.ts'

test('knows sixty-four tokens at most, and forgets first what it has not heard of for longest', () => {
  const book = createTokenBook()
  for (let i = 0; i < 10_000; i++) {
    book.note(`token-${i}`, 'used')
    book.note('seen again and again', 'used')
  }
  expect(book.known()).toHaveLength(64)
  expect(book.is('seen again and again', 'used')).toBe(true)
})

test('across sessions only what a log-out has barred is known', () => {
  const book = createTokenBook()
  book.note('logged-out', 'refused')
  book.barAll()
  book.note('of-this-session', 'used')
  book.beginSession()
  expect(book.is('logged-out', 'barred')).toBe(true)
  expect(book.known()).toHaveLength(1)
})

test('a refused token that is replaced stays refused: it counts', () => {
  const book = createTokenBook()
  book.refuse('token')
  book.refuse('another')
  book.replace('token')
  expect(book.hasRefusedEnough()).toBe(true)
})
