import { describe, expect, test } from 'vitest'
import { createEmitter } from '../../../src/platform/emitter.ts'

interface Events {
  opened: number
  closed: string
}

function arrange() {
  const errors: unknown[] = []
  const heard: string[] = []
  const emitter = createEmitter<Events>((error) => errors.push(error))
  const hear = (name: string) => (payload: unknown) => heard.push(`${name} ${payload}`)
  return { emitter, errors, heard, hear }
}

test('every listener of an event hears its payload, in the order of subscription', () => {
  const { emitter, heard, hear } = arrange()
  emitter.on('opened', hear('a'))
  emitter.on('opened', hear('b'))
  emitter.on('closed', hear('c'))
  emitter.emit('opened', 1)
  expect(heard).toEqual(['a 1', 'b 1'])
})

test('an event that nobody listens to is no mistake', () => {
  const { emitter, errors, heard } = arrange()
  emitter.emit('opened', 1)
  expect([...errors, ...heard]).toEqual([])
})

describe('unsubscribing', () => {
  test('ends one subscription, also when the same function was subscribed twice', () => {
    const { emitter, heard, hear } = arrange()
    const listener = hear('a')
    const unsubscribe = emitter.on('opened', listener)
    emitter.on('opened', listener)
    unsubscribe()
    unsubscribe()
    emitter.emit('opened', 1)
    expect(heard).toEqual(['a 1'])
  })

  test('during an emission takes effect in it', () => {
    const { emitter, heard, hear } = arrange()
    emitter.on('opened', () => unsubscribe())
    const unsubscribe = emitter.on('opened', hear('removed'))
    emitter.emit('opened', 1)
    expect(heard).toEqual([])
  })

  test('by clear() ends all of them, also during an emission', () => {
    const { emitter, heard, hear } = arrange()
    emitter.on('opened', () => emitter.clear())
    emitter.on('opened', hear('a'))
    emitter.on('closed', hear('b'))
    emitter.emit('opened', 1)
    emitter.emit('closed', 'x')
    expect(heard).toEqual([])
  })
})

test('a listener added during an emission hears the next one', () => {
  const { emitter, heard, hear } = arrange()
  emitter.on('opened', (payload) => {
    if (payload === 1) emitter.on('opened', hear('late'))
  })
  emitter.emit('opened', 1)
  expect(heard).toEqual([])
  emitter.emit('opened', 2)
  expect(heard).toEqual(['late 2'])
})

test('an emission within an emission reaches everybody', () => {
  const { emitter, heard, hear } = arrange()
  emitter.on('opened', (payload) => {
    if (payload === 1) emitter.emit('opened', 2)
  })
  emitter.on('opened', hear('a'))
  emitter.emit('opened', 1)
  expect(heard).toEqual(['a 2', 'a 1'])
})

test('a listener that throws starves nobody, and its error is handed on', () => {
  const { emitter, errors, heard, hear } = arrange()
  const error = new Error('in a listener')
  emitter.on('opened', () => {
    throw error
  })
  emitter.on('opened', hear('a'))
  emitter.emit('opened', 1)
  expect(heard).toEqual(['a 1'])
  expect(errors).toEqual([error])
})

test.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])(
  'a message of the type %s finds no listener',
  (type) => {
    const errors: unknown[] = []
    const emitter = createEmitter<Record<string, number>>((error) => errors.push(error))
    emitter.emit(type, 1)
    expect(errors).toEqual([])
    const heard: number[] = []
    emitter.on(type, (payload) => heard.push(payload))
    emitter.emit(type, 2)
    expect(heard).toEqual([2])
  },
)
