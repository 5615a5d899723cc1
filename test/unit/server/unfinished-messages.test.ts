import { PassThrough } from 'node:stream'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createFrameReader } from '../../../src/server/frame-reader.ts'
import { createUnfinishedMessages, ownerOf } from '../../../src/server/unfinished-messages.ts'
import { createVirtualClock } from '../../support/virtual-clock.ts'

/** A client's frame, masked. */
function frame(length: number, { isFinal = true, opcode = 1 } = {}): Buffer {
  const head = [(isFinal ? 0x80 : 0) | opcode]
  if (length < 126) head.push(0x80 | length)
  else if (length < 65_536) head.push(0x80 | 126, length >> 8, length & 0xff)
  else head.push(0x80 | 127, 0, 0, 0, 0, 0, length >> 16, (length >> 8) & 0xff, length & 0xff)
  return Buffer.concat([Buffer.from([...head, 0x11, 0x22, 0x33, 0x44]), Buffer.alloc(length, 0xff)])
}

describe('the reader of frames', () => {
  const message = fc
    .tuple(
      fc.array(fc.oneof(fc.nat(3), fc.integer({ min: 120, max: 130 }), fc.constantFrom(65_535, 65_536, 70_000)), {
        minLength: 1,
        maxLength: 4,
      }),
      fc.boolean(),
    )
    .map(([lengths, hasPing]) =>
      lengths.flatMap((length, n) => [
        frame(length, { isFinal: n === lengths.length - 1, opcode: n === 0 ? 2 : 0 }),
        ...(hasPing ? [frame(5, { opcode: 9 })] : []),
      ]),
    )

  test('has read whole messages to their end, however their bytes are cut, and counts each once', async () => {
    await fc.assert(
      fc.property(
        fc.array(message, { maxLength: 3 }),
        fc.array(fc.integer({ min: 1, max: 40_000 })),
        (messages, cuts) => {
          const reader = createFrameReader()
          let rest = Buffer.concat(messages.flat())
          for (const cut of [...cuts, rest.length]) {
            reader.read(rest.subarray(0, cut))
            rest = rest.subarray(cut)
          }
          const pingsAfter = messages.flat().length > 0 && messages.flat().at(-1)?.[0] === 0x89
          expect([reader.isUnfinished, reader.unfinishedBytes]).toEqual([false, 0])
          expect(reader.ended).toBeGreaterThanOrEqual(messages.length)
          expect(pingsAfter || reader.ended === messages.length || messages.length > 1).toBe(true)
        },
      ),
      { numRuns: 300 },
    )
  })

  test('knows at every byte whether something is unfinished, and how many bytes of a message it holds', () => {
    const reader = createFrameReader()
    const bytes = Buffer.concat([frame(2, { isFinal: false }), frame(1, { opcode: 9 }), frame(1, { opcode: 0 })])
    const seen = [...bytes].map((byte) => {
      reader.read(Uint8Array.of(byte))
      return [reader.isUnfinished, reader.unfinishedBytes]
    })
    expect(seen.map(([isUnfinished]) => isUnfinished)).toEqual([...Array(bytes.length - 1).fill(true), false])
    expect(seen.map(([, held]) => held)).toEqual([0, 0, 0, 0, 0, 0, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 0])
  })
})

interface Limits {
  maxBytesPerOwner?: number
  maxMessageMs?: number
  maxPayload?: number
}

function arrange({ maxBytesPerOwner, maxMessageMs, maxPayload = 65_536 }: Limits = {}) {
  const clock = createVirtualClock()
  const unfinished = createUnfinishedMessages({
    maxBytesPerOwner,
    maxMessageMs,
    maxPayload,
    clock,
  })
  function connect(owner?: string) {
    const socket = new PassThrough()
    const problems: string[] = []
    unfinished.watch(socket, owner, (problem) => problems.push(problem))
    const receive = (bytes: Buffer) => void socket.emit('data', bytes)
    return { socket, problems, receive }
  }
  return { clock, connect }
}

describe('what one owner keeps unfinished', () => {
  const part = (length: number) => frame(length, { isFinal: false, opcode: 2 })

  test('is added up over its connections; the one that goes beyond is named, and others are not', () => {
    const { connect } = arrange({ maxBytesPerOwner: 1_000 })
    const [first, second, other] = [connect('a'), connect('a'), connect('b')]
    first.receive(part(600))
    other.receive(part(1_000))
    second.receive(part(400))
    expect([first.problems, second.problems, other.problems]).toEqual([[], [], []])
    second.receive(frame(1, { isFinal: false, opcode: 0 }))
    expect([first.problems, second.problems, other.problems]).toEqual([[], ['too_many_bytes'], []])
  })

  test('is free again when the message ends or its connection does', () => {
    const { connect } = arrange({ maxBytesPerOwner: 1_000 })
    const [first, second, third] = [connect('a'), connect('a'), connect('a')]
    first.receive(part(600))
    first.receive(frame(0, { opcode: 0 }))
    second.receive(part(900))
    second.socket.emit('close')
    third.receive(part(1_000))
    expect([first.problems, second.problems, third.problems]).toEqual([[], [], []])
  })

  test('counts until the connection is closed, also of one that was named', () => {
    const { connect } = arrange({ maxBytesPerOwner: 1_000 })
    const [first, second] = [connect('a'), connect('a')]
    first.receive(part(1_001))
    second.receive(part(1))
    expect(second.problems).toEqual(['too_many_bytes'])
    first.socket.emit('close')
    const third = connect('a')
    third.receive(part(999))
    expect(third.problems).toEqual([])
  })

  test('counts compressed fragments as large as their message may become, until its end', () => {
    const { connect } = arrange({ maxPayload: 65_536 })
    const packed = (length: number, isFinal: boolean) => {
      const bytes = frame(length, { isFinal, opcode: 2 })
      bytes[0] = (bytes[0] ?? 0) | 0x40
      return bytes
    }
    const peers = Array.from({ length: 17 }, () => connect('a'))
    for (const { receive } of peers) {
      receive(packed(100, true))
      receive(packed(100, false))
    }
    expect(peers.map(({ problems }) => problems.length)).toEqual([...Array(16).fill(0), 1])
    peers[0]?.receive(frame(0, { opcode: 0 }))
    peers[16]?.socket.emit('close')
    const next = connect('a')
    next.receive(packed(100, false))
    expect(next.problems).toEqual([])
  })

  test('counts a compressed message that is one frame by its bytes: it is not unpacked before it is there', () => {
    const { connect } = arrange({ maxPayload: 65_536 })
    const bytes = frame(100)
    bytes[0] = (bytes[0] ?? 0) | 0x40
    const peers = Array.from({ length: 50 }, () => connect('a'))
    for (const { receive } of peers) receive(bytes.subarray(0, 20))
    expect(peers.flatMap(({ problems }) => problems)).toEqual([])
  })

  test('is 1 MiB by default, or four of the largest messages; without an owner each connection counts by itself', () => {
    const usual = arrange()
    const [a, b] = [usual.connect('a'), usual.connect('a')]
    a.receive(part(1024 * 1024))
    expect(a.problems).toEqual([])
    b.receive(part(1))
    expect(b.problems).toEqual(['too_many_bytes'])
    const large = arrange({ maxPayload: 1024 * 1024 })
    const one = large.connect()
    one.receive(part(4 * 1024 * 1024))
    const another = large.connect()
    another.receive(part(4 * 1024 * 1024))
    expect([one.problems, another.problems]).toEqual([[], []])
    another.receive(frame(1, { isFinal: false, opcode: 0 }))
    expect(another.problems).toEqual(['too_many_bytes'])
  })

  test('is the user’s, else the address’ (of IPv6, the network’s), else nobody’s', () => {
    const accepted = {
      kind: 'accepted',
      method: 'ticket',
      subprotocol: undefined,
      sessionExpiresAtMs: 0,
      afterRevocationMs: null,
      checkedAtMs: 0,
    } as const
    const refused = { kind: 'refused', code: 4401, reason: 'ticket_invalid', subprotocol: undefined } as const
    expect(ownerOf({ ...accepted, identity: { userId: '192.0.2.1' } }, '192.0.2.1')).toBe('user:192.0.2.1')
    expect(ownerOf({ ...accepted, identity: null }, '192.0.2.1')).toBe('address:192.0.2.1')
    expect(ownerOf(refused, '2001:db8::1')).toBe(ownerOf(refused, '2001:db8::2'))
    expect(ownerOf(refused, undefined)).toBeUndefined()
  })
})

describe('how long a message may take to arrive', () => {
  const first = frame(1, { isFinal: false, opcode: 2 })
  const middle = frame(1, { isFinal: false, opcode: 0 })
  const last = frame(1, { opcode: 0 })

  test('is counted from its first byte, whatever comes meanwhile', async () => {
    const { clock, connect } = arrange({ maxMessageMs: 1_000 })
    const { receive, problems } = connect('a')
    receive(first.subarray(0, 1))
    await clock.advance(600)
    receive(first.subarray(1))
    receive(frame(0, { opcode: 9 }))
    receive(middle)
    await clock.advance(399)
    expect(problems).toEqual([])
    await clock.advance(1)
    expect(problems).toEqual(['too_slow'])
  })

  test('begins again with each message, also where the next one begins before the last one’s bytes are read', async () => {
    const { clock, connect } = arrange({ maxMessageMs: 1_000 })
    const { receive, problems } = connect('a')
    receive(first)
    for (let n = 0; n < 20; n++) {
      await clock.advance(900)
      receive(Buffer.concat([last, first]))
    }
    expect(problems).toEqual([])
    await clock.advance(1_000)
    expect(problems).toEqual(['too_slow'])
  })

  test('does not run between messages, nor while the app has paused the connection, nor after its end', async () => {
    const { clock, connect } = arrange({ maxMessageMs: 1_000 })
    const { receive, socket, problems } = connect('a')
    receive(first)
    receive(last)
    await clock.advance(10_000)
    receive(first)
    socket.pause()
    await clock.advance(10_000)
    expect(problems).toEqual([])
    socket.resume()
    await clock.advance(1_000)
    expect(problems).toEqual(['too_slow'])
    const ended = connect('a')
    ended.receive(first)
    ended.socket.emit('close')
    await clock.advance(10_000)
    expect(ended.problems).toEqual([])
  })

  test('is a minute by default, or as long as the largest message takes at 8 KiB/s', async () => {
    for (const [maxPayload, ms] of [
      [65_536, 60_000],
      [1024 * 1024, 128_000],
    ] as const) {
      const { clock, connect } = arrange({ maxPayload })
      const { receive, problems } = connect('a')
      receive(first)
      await clock.advance(ms - 1)
      expect(problems).toEqual([])
      await clock.advance(1)
      expect(problems).toEqual(['too_slow'])
    }
  })
})
