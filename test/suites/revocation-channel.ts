// What every `RevocationChannel` must do, as cases that can be run one by one: as tests against a channel that should pass,
// and by hand against one that is wrong on purpose and must not.

import { describe, expect, onTestFinished, test } from 'vitest'
import type { Revocation, RevocationChannel } from '../../src/server/revocation-channel.ts'

export interface ChannelsUnderTest {
  /** The channel as two servers see it. */
  here: RevocationChannel
  there: RevocationChannel
  /** Says something on the channel that is no revocation. */
  say?: (text: string) => Promise<unknown>
  /** How long a message may take. @default 5_000 */
  withinMs?: number
}

interface ChannelCase {
  name: string
  run(subject: ChannelsUnderTest): Promise<void>
}

/** What is said on the channel and is no revocation. */
export const NONSENSE = [
  '',
  'alice',
  'null',
  '7',
  '[]',
  '{}',
  '{"user_id":""}',
  '{"user_id":"alice"}',
  '{"user_id":"alice","revoked_at":1}',
  '{"user_id":"alice","revoked_at":null,"tokens_until":1}',
  '{"user_id":"alice","revoked_at":"now","tokens_until":1}',
]

const alice: Revocation = {
  userId: 'alice',
  marks: { atMs: 1_763_800_000_000, tokensUntilMs: 1_763_800_060_000 },
}

function listen(channel: RevocationChannel) {
  const heard: Revocation[] = []
  const stop = channel.subscribe((revocation) => void heard.push(revocation))
  onTestFinished(stop)
  return { heard, stop }
}

/** Publishes until it is heard: a listener may still be connecting when the first message is sent. */
async function reach({ here, withinMs = 5_000 }: ChannelsUnderTest, heard: Revocation[]) {
  const publish = async () => {
    await here.publish(alice)
    return heard.length
  }
  await expect.poll(publish, { timeout: withinMs, interval: 20 }).toBeGreaterThan(0)
}

/** Publishes one more, of a user whose name marks it, and waits until it has come: in a cluster perhaps before earlier ones. */
async function finish({ here, withinMs = 5_000 }: ChannelsUnderTest, heard: Revocation[], userId = 'last') {
  await here.publish({ ...alice, userId })
  await expect.poll(() => heard, { timeout: withinMs }).toContainEqual({ ...alice, userId })
}

const channelCases: readonly ChannelCase[] = [
  {
    name: 'tells every server, the one that published included',
    async run(subject) {
      const [near, far] = [listen(subject.here), listen(subject.there)]
      await reach(subject, far.heard)
      await reach(subject, near.heard)
      expect([near.heard[0], far.heard[0]]).toEqual([alice, alice])
    },
  },
  {
    name: 'tells each listener of a server, and none that has left',
    async run(subject) {
      const [first, second] = [listen(subject.there), listen(subject.there)]
      await reach(subject, first.heard)
      await finish(subject, second.heard, 'both')
      expect(first.heard).toContainEqual({ ...alice, userId: 'both' })
      first.stop()
      first.stop()
      await finish(subject, second.heard)
      expect(first.heard).not.toContainEqual({ ...alice, userId: 'last' })
    },
  },
  {
    name: 'carries any user’s name',
    async run(subject) {
      const { heard } = listen(subject.there)
      await reach(subject, heard)
      await finish(subject, heard, ' \u0000"é🎟__proto__\n')
    },
  },
  {
    name: 'carries a revocation that could not be recorded',
    async run(subject) {
      const { heard } = listen(subject.there)
      await reach(subject, heard)
      await subject.here.publish({ userId: 'unrecorded', marks: null })
      await finish(subject, heard)
      const unrecorded = expect.objectContaining({ userId: 'unrecorded', marks: null })
      await expect.poll(() => heard, { timeout: subject.withinMs ?? 5_000 }).toContainEqual(unrecorded)
    },
  },
  {
    name: 'says nothing for what is no revocation',
    async run(subject) {
      const { heard } = listen(subject.there)
      await reach(subject, heard)
      for (const text of NONSENSE) await subject.say?.(text)
      await finish(subject, heard)
      expect(heard.filter(({ userId }) => userId !== 'alice')).toEqual([{ ...alice, userId: 'last' }])
    },
  },
  {
    name: 'can be listened to again',
    async run(subject) {
      const first = listen(subject.there)
      await reach(subject, first.heard)
      first.stop()
      const second = listen(subject.there)
      await reach(subject, second.heard)
    },
  },
]

export function revocationChannelContract(name: string, arrange: () => Promise<ChannelsUnderTest>): void {
  describe(`a revocation channel: ${name}`, () => {
    for (const { name: rule, run } of channelCases) test(rule, async () => run(await arrange()))
  })
}

/** The names of the rules that a channel breaks. */
export async function brokenRules(arrange: () => Promise<ChannelsUnderTest>): Promise<string[]> {
  const broken: string[] = []
  for (const { name, run } of channelCases) {
    await run(await arrange()).catch(() => broken.push(name))
  }
  return broken
}
