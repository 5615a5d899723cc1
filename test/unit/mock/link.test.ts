import { describe, expect, test } from 'vitest'
import { createLink, type LinkOptions } from '../../../src/mock/link.ts'
import { createPipe } from '../../../src/mock/pipe.ts'
import { createVirtualClock } from '../../support/virtual-clock.ts'

describe('a pipe', () => {
  test('keeps the order also when timers of equal length fire in another one', () => {
    const timers: (() => void)[] = []
    const setTimer = (callback: () => void) => {
      timers.push(callback)
      return () => {}
    }
    const clock = { ...createVirtualClock(), setTimer }
    const arrived: string[] = []
    const pipe = createPipe<string>({ clock, latencyMs: 10, deliver: (item) => arrived.push(item) })
    for (const item of ['a', 'b', 'c']) pipe.push(item)
    expect(arrived).toEqual([])
    for (const fire of timers.reverse()) fire()
    expect(arrived).toEqual(['a', 'b', 'c'])
  })

  test('delivers each item its latency after it was pushed', async () => {
    const clock = createVirtualClock()
    const startMs = clock.now()
    const arrived: [string, number][] = []
    const pipe = createPipe<string>({
      clock,
      latencyMs: 10,
      deliver: (item) => arrived.push([item, clock.now() - startMs]),
    })
    pipe.push('a')
    await clock.advance(5)
    pipe.push('b')
    await clock.advance(20)
    expect(arrived).toEqual([
      ['a', 10],
      ['b', 15],
    ])
  })

  test('counts the bytes that are under way', async () => {
    const clock = createVirtualClock()
    const pipe = createPipe<string>({ clock, latencyMs: 10, deliver() {} })
    pipe.push('a', 3)
    await clock.advance(5)
    pipe.push('b', 4)
    expect(pipe.bytesUnderWay).toBe(7)
    await clock.advance(5)
    expect(pipe.bytesUnderWay).toBe(4)
  })

  test('that is cut delivers nothing and leaves no timer', async () => {
    const clock = createVirtualClock()
    const arrived: string[] = []
    const pipe = createPipe<string>({ clock, latencyMs: 10, deliver: (item) => arrived.push(item) })
    pipe.push('a', 1)
    pipe.cut()
    pipe.push('b', 1)
    expect([clock.pending(), pipe.bytesUnderWay]).toEqual([0, 0])
    await clock.advance(20)
    expect(arrived).toEqual([])
  })
})

describe('a link', () => {
  function arrange(options: Partial<LinkOptions> = {}) {
    const clock = createVirtualClock()
    const said: string[] = []
    const link = createLink({
      clock,
      latencyMs: 0,
      client: {
        opened: (protocol) => said.push(`client opened ${protocol}`),
        received: (data) => said.push(`client received ${data}`),
        closed: (...how) => said.push(`client closed ${how}`),
      },
      isSilent: () => false,
      onGone: () => said.push('gone'),
      ...options,
    })
    const accept = () =>
      link.accept('p', {
        received: (data) => said.push(`server received ${data}`),
        closed: (...how) => said.push(`server closed ${how}`),
      })
    return { clock, said, link, accept }
  }

  test('carries frames both ways, opening first', async () => {
    const { clock, said, link, accept } = arrange()
    accept()
    link.server.send('from the server')
    link.client.send('from the client')
    expect(said).toEqual([])
    await clock.advance(0)
    expect(said).toEqual(['client opened p', 'client received from the server', 'server received from the client'])
  })

  test('is gone when the close frame has been answered', async () => {
    const { clock, said, link, accept } = arrange()
    accept()
    link.server.send('last words')
    link.server.close(4000, 'why')
    link.server.send('too late')
    await clock.advance(0)
    expect(said.slice(1)).toEqual([
      'client received last words',
      'client closed 4000,why,true',
      'server closed 4000,why,true',
      'gone',
    ])
    expect([link.isGone, clock.pending()]).toEqual([true, 0])
  })

  test('a server whose close frame is not answered gives up after half a minute', async () => {
    let silent = false
    const { clock, said, link, accept } = arrange({ isSilent: () => silent })
    accept()
    await clock.advance(0)
    silent = true
    link.server.close(1000, '')
    await clock.advance(29_999)
    expect(said).toEqual(['client opened p'])
    await clock.advance(1)
    expect(said.slice(1)).toEqual(['server closed 1006,,false', 'client closed 1006,,false', 'gone'])
  })

  test('that is rejected tells the client 1006 alone', async () => {
    const { clock, said, link } = arrange()
    link.reject()
    await clock.advance(0)
    expect(said).toEqual(['client closed 1006,,false', 'gone'])
  })

  test('that breaks tells both sides once, not inside the call, and loses what is under way', async () => {
    const { clock, said, link, accept } = arrange()
    accept()
    await clock.advance(0)
    link.server.send('lost')
    link.drop()
    link.drop()
    link.client.send('lost, too')
    expect(said).toEqual(['client opened p'])
    await clock.advance(0)
    expect(said.slice(1)).toEqual(['server closed 1006,,false', 'client closed 1006,,false', 'gone'])
  })

  test('that is discarded tells the server at once, the client never, and leaves no timer', async () => {
    const { clock, said, link, accept } = arrange()
    accept()
    await clock.advance(0)
    link.server.send('lost')
    link.drop()
    link.discard()
    expect(said.slice(1)).toEqual(['server closed 1006,,false', 'gone'])
    expect(clock.pending()).toBe(0)
  })
})
