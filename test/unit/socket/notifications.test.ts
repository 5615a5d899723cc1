import { afterEach, describe, expect, test, vi } from 'vitest'
import { Notifications } from '../../../src/socket/notifications.ts'
import { arrange } from '../../support/arrange.ts'
import { once } from '../../support/once.ts'
import { createVirtualClock } from '../../support/virtual-clock.ts'

afterEach(() => vi.unstubAllGlobals())

function hearUncaught(): unknown[] {
  const reported: unknown[] = []
  vi.stubGlobal('reportError', (error: unknown) => reported.push(error))
  return reported
}

describe('a turn', () => {
  test('changes the state first: its listeners, and those of turns within it, are called when it ends', () => {
    const notifications = new Notifications(createVirtualClock())
    const log: string[] = []
    notifications.turn(() => {
      notifications.turn(() => notifications.add(() => log.push('first')))
      notifications.add(() => log.push('second'))
      log.push('state')
    })
    expect(log).toEqual(['state', 'first', 'second'])
  })

  test('that a listener begins has its own listeners called after the others', () => {
    const notifications = new Notifications(createVirtualClock())
    const log: string[] = []
    notifications.turn(() => {
      notifications.add(() => {
        notifications.turn(() => notifications.add(() => log.push('caused')))
        log.push('first')
      })
      notifications.add(() => log.push('second'))
    })
    expect(log).toEqual(['first', 'second', 'caused'])
  })

  test('that throws has its listeners called all the same, and its error is the caller’s', () => {
    const notifications = new Notifications(createVirtualClock())
    const log: string[] = []
    const fail = () => {
      notifications.add(() => log.push('called'))
      throw new TypeError('a wrong option')
    }
    expect(() => notifications.turn(fail)).toThrow('a wrong option')
    expect(log).toEqual(['called'])
  })

  test('belongs to the scope in which it began, and after it has ended that to the next one', () => {
    const notifications = new Notifications(createVirtualClock())
    const scopes = notifications.turn(() => {
      const { scope } = notifications
      notifications.turn(() => notifications.end('signed_out'))
      const outer = notifications.scope
      return [scope === outer, scope.endedBy, notifications.turn(() => notifications.scope.endedBy)]
    })
    expect(scopes).toEqual([true, 'signed_out', null])
  })
})

test('outside of a turn a microtask calls the listeners', async () => {
  const notifications = new Notifications(createVirtualClock())
  const log: number[] = []
  for (const n of [1, 2]) notifications.add(() => log.push(n))
  expect(log).toEqual([])
  await Promise.resolve()
  expect(log).toEqual([1, 2])
})

test('a listener that throws is reported, and the others are called', () => {
  const reported = hearUncaught()
  const notifications = new Notifications(createVirtualClock())
  const error = new Error('of an app')
  const log: string[] = []
  notifications.turn(() => {
    notifications.add(() => {
      throw error
    })
    notifications.add(() => log.push('second'))
  })
  expect([reported, log]).toEqual([[error], ['second']])
})

test('twenty thousand notifications of one turn are delivered in it: none has caused another', () => {
  const reported = hearUncaught()
  const notifications = new Notifications(createVirtualClock())
  let count = 0
  notifications.turn(() => {
    for (let n = 0; n < 20_000; n++) notifications.add(() => count++)
  })
  expect([count, reported]).toEqual([20_000, []])
})

test('nor are listeners reported that answer each message of a burst, and send again what was dropped', () => {
  const reported = hearUncaught()
  const notifications = new Notifications(createVirtualClock())
  let count = 0
  function causes(depth: number) {
    count++
    if (depth > 0) notifications.turn(() => notifications.add(() => causes(depth - 1)))
  }
  notifications.turn(() => {
    for (let n = 0; n < 20_000; n++) notifications.add(() => causes(4))
  })
  expect([count, reported]).toEqual([100_000, []])
})

test('clearQueue() has reported each message when it returns, also where a listener sends all of them again', () => {
  const reported = hearUncaught()
  const { socket, state } = arrange({ socket: { outbox: { maxCount: 20_000 } } })
  for (let n = 0; n < 12_000; n++) socket.send({ type: 'draft' })
  socket.on('dropped', () => socket.send({ type: 'draft' }))
  // This one is called for each change of `queued`.
  socket.store.subscribe(() => {})
  expect(socket.clearQueue()).toBe(12_000)
  expect([state().queued, reported]).toEqual([12_000, []])
})

test('two listeners that undo each other are reported, and do not hang the page', async () => {
  const reported = hearUncaught()
  const page = arrange()
  let rounds = 0
  page.socket.on('dropped', () => {
    rounds++
    page.socket.send({ type: 'draft' })
  })
  const stop = page.socket.store.subscribe(({ queued }) => queued > 0 && page.socket.clearQueue())
  page.socket.send({ type: 'draft' })
  expect(rounds).toBeGreaterThan(1_000)
  expect(reported.map(String)).toEqual([
    'Error: 10000 listener calls in a row caused others. Check that no listener undoes what another one does.',
  ])
  stop()
  await page.connect()
  expect(page.state()).toMatchObject({ status: 'open', queued: 0 })
})

test('an app that reports errors by the same socket gets one report of them, and not within its own report', () => {
  const notifications = new Notifications(createVirtualClock())
  let reports = 0
  vi.stubGlobal('reportError', () => {
    if (++reports < 3) notifications.turn(() => notifications.add(() => {}))
  })
  const again = () => notifications.add(again)
  notifications.turn(again)
  expect(reports).toBe(1)
})

test('where the report of an error throws, the listeners behind it are called, and so are those of later turns', async () => {
  vi.stubGlobal('reportError', (error: unknown) => {
    throw error
  })
  const page = arrange()
  const statuses: string[] = []
  page.socket.store.subscribe(
    once(() => {
      throw new Error('of an app')
    }),
  )
  page.socket.store.subscribe(({ status }) => statuses.push(status))
  expect(() => page.socket.connect()).toThrow('of an app')
  await page.clock.advance(1_000)
  expect(statuses.slice(0, 1)).toEqual(['connecting'])
  expect([statuses.at(-1), page.times('open')]).toEqual(['open', 1])
})

describe('within a listener', () => {
  test('close() has its effect at once, and its events follow those that were queued before', async () => {
    const page = arrange()
    const log: unknown[] = []
    page.socket.on('open', () => {
      page.socket.close()
      log.push(`status ${page.state().status}`)
    })
    page.socket.on('closed', () => log.push('closed'))
    page.auth.on('ticketTaken', () => log.push('ticketTaken'))
    await page.connect()
    expect(log).toEqual(['ticketTaken', 'status closed', 'closed'])
  })

  test('a subscriber of the store that is removed is not called any more', async () => {
    const page = arrange()
    let calls = 0
    const stops = [0, 1].map(() =>
      page.socket.store.subscribe(() => {
        calls++
        for (const stop of stops) stop()
      }),
    )
    page.socket.connect()
    expect(calls).toBe(1)
  })

  test('connect() and send() after close(): the message is the next connection’s', async () => {
    const page = arrange()
    const received: unknown[] = []
    page.backend.onMessage('note', (message) => {
      received.push(message)
    })
    page.socket.on(
      'closed',
      once(() => {
        page.socket.connect()
        page.socket.send({ type: 'note' })
      }),
    )
    await page.connect()
    page.socket.close()
    await page.clock.advance(5_000)
    expect([page.state().status, received]).toEqual(['open', [{ type: 'note' }]])
  })
})

test('a listener of the change of the user is called with the latest, though the socket is closed on the way', async () => {
  const page = arrange()
  await page.connect()
  page.socket.on('userChanged', () => page.socket.close())
  const heard: boolean[] = []
  page.socket.on('userChanged', ({ signedIn }) => heard.push(signedIn))
  page.signIn('bob')
  expect(heard).toEqual([true])
})
