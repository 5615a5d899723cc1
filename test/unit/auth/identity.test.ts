import { describe, expect, test } from 'vitest'
import { createIdentity } from '../../../src/auth/identity.ts'
import { createSessions, still } from '../../../src/auth/session.ts'
import type { Found } from '../../../src/auth/token-answers.ts'
import type { TokenCallback } from '../../../src/auth/token-calls.ts'
import { isSignedIn, jwtOf, userIdOf } from '../../../src/auth/user-state.ts'
import { Secret } from '../../../src/platform/secret.ts'
import { jwtFor } from '../../support/jwt.ts'
import { createVirtualClock } from '../../support/virtual-clock.ts'

const never = () => new AbortController().signal

function arrange(getToken: TokenCallback, refreshToken?: TokenCallback) {
  const clock = createVirtualClock()
  const changes: boolean[] = []
  let barred = 0
  const sessions = createSessions((begun) => {
    // As the events of the service: the one that has ended by now is not reported.
    if (!begun.signal.aborted) changes.push(isSignedIn(begun.user) === true)
  })
  const parts = createIdentity({
    sessions,
    getToken,
    refreshToken,
    clock,
    timeoutMs: 10_000,
    onChange: () => {},
    onBarred: () => barred++,
  })
  const { current } = sessions
  /** What a call comes to whose last line looks whether its session has ended. */
  async function held(found: Promise<Found>) {
    const { session, jwt } = await found
    still(session)
    return jwt
  }
  /** Each call is made in the session of that moment. */
  const identity = {
    session: current,
    userId: () => userIdOf(current().user),
    lastSeen: () => jwtOf(current().user),
    token: (signal: AbortSignal) => held(parts.token(current(), signal)),
    refresh: (signal: AbortSignal) => held(parts.refresh(current(), signal)),
    renew: (refused: Secret, signal: AbortSignal) => parts.renew(current(), refused, signal).then(({ jwt }) => jwt),
    trusted: () => parts.trusted(current()),
    trust: () => parts.trust(current()),
    forgive: () => parts.forgive(current()),
    distrust: (token: Secret) => parts.distrust(current(), token),
    known: () => parts.known(current()),
    signOut: () => parts.signOut(current()),
    signIn: () => parts.signIn(current()),
  }
  return { clock, changes, identity, barred: () => barred }
}

test.each([null, undefined, ''])('%j means that nobody is signed in', async (nothing) => {
  expect(await arrange(() => nothing).identity.token(never())).toBeNull()
})

test('the callback may be synchronous or not', async () => {
  const alice = jwtFor('alice')
  for (const getToken of [() => alice, async () => alice]) {
    const held = await arrange(getToken).identity.token(never())
    expect(held?.token.reveal()).toBe(alice)
    expect(held?.claims?.userId).toBe('alice')
  }
})

test.each([42, {}, 'two words', 'line\nbreak', 'ünïcode'])('an answer that is no JWT is refused: %j', async (value) => {
  const { identity } = arrange(() => value as string)
  await expect(identity.token(never())).rejects.toMatchObject({ code: 'token_callback_failed' })
})

test('a callback that throws or rejects is a typed error whose cause holds no credential', async () => {
  const secret = jwtFor('alice')
  const fail = () => {
    throw new Error(`cannot refresh ${secret}`)
  }
  for (const getToken of [fail, async () => fail()]) {
    const error = await arrange(getToken)
      .identity.token(never())
      .catch((e: Error) => e)
    expect(error).toMatchObject({ code: 'token_callback_failed' })
    expect(String((error as Error).cause)).not.toContain(secret)
  }
})

test('a callback that hangs ends at the deadline', async () => {
  const { identity, clock } = arrange(() => new Promise(() => {}))
  const token = identity.token(never())
  token.catch(() => {})
  await clock.advance(10_000)
  await expect(token).rejects.toMatchObject({ code: 'timeout' })
  expect(clock.pending()).toBe(0)
})

describe('the session change', () => {
  test('a sign-out aborts what is under way, and ignores its late answer', async () => {
    let answer = (_: string) => {}
    const { identity, changes } = arrange(
      () =>
        new Promise<string>((resolve) => {
          answer = resolve
        }),
    )
    const pending = identity.token(never())
    const { signal } = identity.session()
    identity.signOut()
    expect(changes).toEqual([false])
    expect(signal.aborted).toBe(true)
    answer(jwtFor('alice'))
    await expect(pending).rejects.toMatchObject({ code: 'signed_out' })
    expect(identity.lastSeen()).toBeNull()
  })

  test('a token seen before a sign-out is not used after it, however late the app forgets it', async () => {
    let jwt = jwtFor('alice')
    const { identity, barred } = arrange(() => jwt)
    await identity.token(never())
    identity.signOut()
    expect(await identity.token(never())).toBeNull()
    expect(await identity.token(never())).toBeNull()
    expect(barred()).toBe(1)
    jwt = jwtFor('bob')
    expect((await identity.token(never()))?.claims?.userId).toBe('bob')
  })

  describe('a sign-out while the app is asked, which clears its token late', () => {
    /** Answers the first call when told to, and every later one at once. */
    function late(later: () => string | null, { isRefresh = false } = {}) {
      let answer = (_: string | null) => {}
      const first = new Promise<string | null>((resolve) => {
        answer = resolve
      })
      let calls = 0
      const callback = () => (++calls === 1 ? first : later())
      const page = isRefresh ? arrange(later, callback) : arrange(callback)
      return { ...page, answer: (jwt: string | null) => answer(jwt) }
    }

    test('the token that comes after it is not used, nor when the app is asked again', async () => {
      const alice = jwtFor('alice')
      let jwt: string | null = alice
      const { identity, answer, barred } = late(() => jwt)
      const asked = identity.token(never())
      identity.signOut()
      answer(alice)
      await expect(asked).rejects.toMatchObject({ code: 'signed_out' })
      expect(await identity.token(never())).toBeNull()
      expect(barred()).toBe(1)
      jwt = jwtFor('bob')
      expect((await identity.token(never()))?.claims?.userId).toBe('bob')
    })

    test('nor is a refreshed one', async () => {
      let jwt = 'old-token'
      const { identity, answer } = late(() => jwt, { isRefresh: true })
      await identity.token(never())
      const asked = identity.refresh(never())
      identity.signOut()
      jwt = 'new-token'
      answer(jwt)
      await expect(asked).rejects.toMatchObject({ code: 'signed_out' })
      expect(await identity.token(never())).toBeNull()
    })

    test('nor one that comes after its deadline', async () => {
      const { identity, answer, clock } = late(() => 'a-token')
      const asked = identity.token(never())
      asked.catch(() => {})
      await clock.advance(10_000)
      identity.signOut()
      answer('a-token')
      await clock.advance(0)
      expect(await identity.token(never())).toBeNull()
    })

    test('nor one of a callback that signs the user out itself', async () => {
      let calls = 0
      const { identity } = arrange(() => {
        if (++calls === 1) identity.signOut()
        return 'a-token'
      })
      await expect(identity.token(never())).rejects.toMatchObject({ code: 'signed_out' })
      expect(await identity.token(never())).toBeNull()
    })

    test('a token that names the next user is theirs', async () => {
      const alice = jwtFor('alice')
      const bob = jwtFor('bob')
      let answer = (_: string) => {}
      const answers: (string | Promise<string>)[] = [alice, new Promise((resolve) => (answer = resolve)), bob]
      const { identity } = arrange(() => answers.shift() as string)
      await identity.token(never())
      identity.token(never()).catch(() => {})
      identity.signOut()
      answer(bob)
      await Promise.resolve()
      expect((await identity.token(never()))?.token.reveal()).toBe(bob)
    })

    test('a token that the next session already uses stays', async () => {
      const { identity, answer } = late(() => 'next-token')
      identity.token(never()).catch(() => {})
      identity.signOut()
      identity.signIn()
      await identity.token(never())
      answer('next-token')
      await Promise.resolve()
      expect((await identity.token(never()))?.token.reveal()).toBe('next-token')
    })

    test('nor one that a newer call answers with first: its caller waits for the older call', async () => {
      const { identity, answer, barred } = late(() => 'a-token')
      identity.token(never()).catch(() => {})
      identity.signOut()
      const again = identity.token(never())
      setTimeout(() => answer('a-token'), 0)
      expect(await again).toBeNull()
      expect(barred()).toBe(1)
    })

    test('nor one that has come before the sign-out, and was not used yet', async () => {
      for (let microtasks = 0; microtasks < 8; microtasks++) {
        const { identity, answer } = late(() => 'a-token')
        identity.token(never()).catch(() => {})
        answer('a-token')
        for (let i = 0; i < microtasks; i++) await null
        identity.signOut()
        expect(await identity.token(never()), `${microtasks} microtasks after the answer`).toBeNull()
      }
    })

    test('nor one whose callers have all left', async () => {
      const { identity, answer } = late(() => 'a-token')
      const caller = new AbortController()
      const asked = identity.token(caller.signal)
      caller.abort()
      await expect(asked).rejects.toMatchObject({ code: 'aborted' })
      answer('a-token')
      await Promise.resolve()
      identity.signOut()
      expect(await identity.token(never())).toBeNull()
    })

    test('an answer that is no token is not remembered as one: later errors are reported all the same', async () => {
      const answers: unknown[] = ['\ud800 a broken text', Promise.reject(new Error('no session'))]
      const { identity } = arrange(() => answers.shift() as string)
      await expect(identity.token(never())).rejects.toMatchObject({ code: 'token_callback_failed' })
      await expect(identity.token(never())).rejects.toMatchObject({ cause: { message: 'no session' } })
      expect(identity.known()).toEqual([])
    })

    test('a callback that hangs keeps the next user waiting until its deadline', async () => {
      const { identity, clock } = late(() => 'next-token')
      identity.token(never()).catch(() => {})
      await clock.advance(4_000)
      identity.signOut()
      let given: unknown = 'nothing yet'
      const asked = identity.token(never()).then((held) => {
        given = held?.token.reveal()
      })
      await clock.advance(5_999)
      expect(given).toBe('nothing yet')
      await clock.advance(1)
      await asked
      expect(given).toBe('next-token')
      expect(clock.pending()).toBe(0)
    })

    test('and a callback that is past its deadline keeps no caller waiting', async () => {
      const { identity, clock } = late(() => 'next-token')
      identity.token(never()).catch(() => {})
      await clock.advance(10_000)
      identity.signOut()
      const signedOutAt = clock.now()
      expect((await identity.token(never()))?.token.reveal()).toBe('next-token')
      expect(clock.now()).toBe(signedOutAt)
    })

    test('nor does its answer take a token away that is used by then', async () => {
      const { identity, clock, answer } = late(() => 'next-token')
      identity.token(never()).catch(() => {})
      await clock.advance(10_000)
      identity.signOut()
      const held = await identity.token(never())
      answer('next-token')
      await clock.advance(0)
      expect(await identity.token(never())).toBe(held)
    })

    test('nor does an answer that comes ten seconds after the sign-out bar anything', async () => {
      const { identity, clock, answer } = late(() => 'b-token')
      identity.token(never()).catch(() => {})
      identity.signOut()
      await clock.advance(10_000)
      await identity.token(never())
      answer('a-token')
      await clock.advance(0)
      // A request that the app made with it was answered 401: there is a newer one.
      expect((await identity.renew(new Secret('a-token'), never()))?.token.reveal()).toBe('b-token')
    })

    test('a call that two sign-outs have overtaken revives neither of their users', async () => {
      let answer = (_: string) => {}
      let next: string | Promise<string> = jwtFor('alice')
      const { identity } = arrange(() => next as string)
      await identity.token(never())
      next = new Promise((resolve) => {
        answer = resolve
      })
      identity.token(never()).catch(() => {})
      identity.signOut()
      next = jwtFor('bob')
      expect((await identity.token(never()))?.claims?.userId).toBe('bob')
      identity.signOut()
      next = jwtFor('bob')
      answer(next)
      expect(await identity.token(never())).toBeNull()
    })

    test.each(['', 'not a JWT'])('no caller waits with %j, which is no JWT', async (next) => {
      const answers = [() => jwtFor('alice'), () => new Promise<string>(() => {})]
      const { identity, clock } = arrange(() => (answers.shift() ?? (() => next))() as string)
      const startedAt = clock.now()
      await identity.token(never())
      identity.token(never()).catch(() => {})
      identity.signOut()
      const asked = identity.token(never()).catch(({ code }) => code)
      await clock.advance(0)
      expect(await Promise.race([asked, 'waits'])).toBe(next === '' ? null : 'token_callback_failed')
      expect(clock.now()).toBe(startedAt)
    })

    test('no caller waits for a call that has failed, nor with a JWT of another user, nor to learn that nobody is signed in', async () => {
      let fail = (_: Error) => {}
      const answers = [() => jwtFor('alice'), () => new Promise<string>((_, reject) => (fail = reject))]
      const { identity, clock } = arrange(() => (answers.shift() ?? (() => next))() as string)
      const startedAt = clock.now()
      let next: string | null = null
      await identity.token(never())
      identity.token(never()).catch(() => {})
      identity.signOut()
      expect(await identity.token(never())).toBeNull()
      next = jwtFor('bob')
      expect((await identity.token(never()))?.claims?.userId).toBe('bob')
      identity.signOut()
      next = 'opaque'
      const asked = identity.token(never())
      fail(new Error('no session'))
      expect((await asked)?.token.reveal()).toBe('opaque')
      expect(clock.now()).toBe(startedAt)
    })

    describe('an app whose getToken waits for the next user', () => {
      function waiting() {
        let signIn = (_: string) => {}
        const nextUser = new Promise<string>((resolve) => {
          signIn = resolve
        })
        return { ...arrange(() => nextUser), signIn: (jwt: string) => signIn(jwt) }
      }

      test.each([0, 1, 10])(
        'gets that one in once signedIn() says so, %d microtasks after the answer',
        async (hops) => {
          const { identity, signIn } = waiting()
          identity.token(never()).catch(() => {})
          identity.signOut()
          identity.token(never()).catch(() => {})
          signIn('next-token')
          for (let i = 0; i < hops; i++) await null
          identity.signIn()
          expect((await identity.token(never()))?.token.reveal()).toBe('next-token')
        },
      )

      test('and without a word when ten seconds have passed, though it came before', async () => {
        const { identity, signIn, clock } = waiting()
        identity.token(never()).catch(() => {})
        identity.signOut()
        signIn('next-token')
        await clock.advance(9_999)
        expect(await identity.token(never())).toBeNull()
        await clock.advance(1)
        expect((await identity.token(never()))?.token.reveal()).toBe('next-token')
      })

      test('and without a word ten seconds after the sign-out', async () => {
        const { identity, signIn, clock } = waiting()
        identity.token(never()).catch(() => {})
        identity.signOut()
        await clock.advance(10_000)
        signIn('next-token')
        expect((await identity.token(never()))?.token.reveal()).toBe('next-token')
      })
    })

    test('a promise that is not a native one is asked once', async () => {
      let asked = 0
      const lazy = {
        // biome-ignore lint/suspicious/noThenProperty: some libraries ask the server when `then` is called
        then(resolve: (jwt: string) => void) {
          asked++
          resolve('a-token')
        },
      }
      const { identity } = arrange(() => lazy as never)
      await identity.token(never())
      expect(asked).toBe(1)
    })
  })

  test('who has just signed in is not taken for nobody while the app still gives the last JWT, or none', async () => {
    let jwt: string | null = jwtFor('alice')
    const { identity } = arrange(() => jwt)
    await identity.token(never())
    identity.signOut()
    identity.signIn()
    const refusal = { code: 'token_callback_failed', retryable: true }
    await expect(identity.token(never())).rejects.toMatchObject(refusal)
    jwt = null
    await expect(identity.token(never())).rejects.toMatchObject(refusal)
    jwt = jwtFor('bob')
    expect((await identity.token(never()))?.claims?.userId).toBe('bob')
    jwt = null
    expect(await identity.token(never())).toBeNull()
  })

  test('a session change that another one has overtaken is not reported: the last word counts', () => {
    const { identity, changes } = arrange(() => null)
    identity.session().signal.addEventListener('abort', () => identity.signOut())
    identity.signIn()
    expect(changes).toEqual([false])
  })

  test('across sessions only the tokens are known whose user has signed out', async () => {
    let jwt = jwtFor('alice')
    const { identity } = arrange(() => jwt)
    await identity.token(never())
    identity.signOut()
    jwt = jwtFor('bob')
    await identity.token(never())
    expect(identity.known()).toHaveLength(2)
    identity.signIn()
    expect(identity.known()).toHaveLength(1)
  })

  test('another user in the token is another session, and so is the user before, whose token was not signed out', async () => {
    const alice = jwtFor('alice')
    let jwt = alice
    const { identity, changes } = arrange(() => jwt)
    await identity.token(never())
    const before = identity.session()
    jwt = jwtFor('bob')
    await identity.token(never())
    expect(changes).toEqual([true])
    expect(before.signal.aborted).toBe(true)
    expect(identity.session()).not.toBe(before)
    expect(identity.userId()).toBe('bob')
    jwt = alice
    expect((await identity.token(never()))?.claims?.userId).toBe('alice')
    expect(changes).toEqual([true, true])
  })

  test('a newer token of the same user is no session change', async () => {
    let jwt = jwtFor('alice', { iat: 1 })
    const { identity, changes } = arrange(() => jwt)
    await identity.token(never())
    const session = identity.session()
    jwt = jwtFor('alice', { iat: 2 })
    const second = await identity.token(never())
    expect(changes).toEqual([])
    expect(identity.session()).toBe(session)
    expect(second?.token.reveal()).toBe(jwt)
  })

  test('a token that is gone is a sign-out', async () => {
    let jwt: string | null = jwtFor('alice')
    const { identity, changes } = arrange(() => jwt)
    await identity.token(never())
    jwt = null
    await identity.token(never())
    expect(changes).toEqual([false])
  })
})

describe('refreshing', () => {
  test('one request serves everybody who asks meanwhile', async () => {
    let calls = 0
    const { identity } = arrange(
      () => 'old-token',
      async () => `new-token-${++calls}`,
    )
    await identity.token(never())
    const answers = await Promise.all(Array.from({ length: 20 }, () => identity.refresh(never())))
    expect(calls).toBe(1)
    expect(new Set(answers.map((held) => held?.token.reveal()))).toEqual(new Set(['new-token-1']))
  })

  test('one who leaves does not take it away from the others', async () => {
    let finish = (_: string) => {}
    const { identity } = arrange(
      () => 'old-token',
      () =>
        new Promise<string>((resolve) => {
          finish = resolve
        }),
    )
    await identity.token(never())
    const leaver = new AbortController()
    const left = identity.refresh(leaver.signal)
    const stayed = identity.refresh(never())
    leaver.abort()
    await expect(left).rejects.toMatchObject({ code: 'aborted' })
    finish('new-token')
    expect((await stayed)?.token.reveal()).toBe('new-token')
  })

  test('the same token again means that the user has to sign in', async () => {
    const { identity } = arrange(() => 'old-token')
    await identity.token(never())
    await expect(identity.refresh(never())).rejects.toMatchObject({ code: 'unauthenticated' })
  })

  test('a distrusted token is refreshed before it is used again', async () => {
    const { identity, clock } = arrange(
      () => 'old-token',
      () => 'new-token',
    )
    const held = await identity.token(never())
    await clock.advance(1_000)
    identity.distrust(held?.token as Secret)
    expect((await identity.token(never()))?.token.reveal()).toBe('new-token')
  })
})

// A server refuses each JWT of the second in which its user signed out of all sessions: PR-19.
describe('a refused JWT', () => {
  const received = async (jwt: string) => {
    let refreshes = 0
    const arranged = arrange(
      () => jwt,
      () => `new-token-${++refreshes}`,
    )
    const held = await arranged.identity.token(never())
    return { ...arranged, token: held?.token as Secret, refreshes: () => refreshes }
  }

  test.each(['for a connection', 'at the ticket endpoint'])(
    'PR-24: is refreshed once, a second after it was received: %s',
    async (where) => {
      const { identity, clock, token, refreshes } = await received(jwtFor('alice'))
      await clock.advance(300)
      if (where === 'for a connection') identity.distrust(token)
      const ask = where === 'for a connection' ? identity.token : (signal: AbortSignal) => identity.renew(token, signal)
      const renewed = Promise.all([ask(never()), ask(never())])
      await clock.advance(699)
      expect(refreshes()).toBe(0)
      await clock.advance(1)
      expect((await renewed).map((held) => held?.token.reveal())).toEqual(['new-token-1', 'new-token-1'])
      expect(refreshes()).toBe(1)
    },
  )

  test('whose exp has passed is refreshed at once, and so is one that was received a second ago', async () => {
    const expired = await received(jwtFor('alice', { exp: 1 }))
    expired.identity.distrust(expired.token)
    expect((await expired.identity.token(never()))?.token.reveal()).toBe('new-token-1')
    const older = await received(jwtFor('alice'))
    await older.clock.advance(1_000)
    expect((await older.identity.renew(older.token, never()))?.token.reveal()).toBe('new-token-1')
  })

  test('is not waited for after the session has ended', async () => {
    const { identity, clock, token, refreshes } = await received(jwtFor('alice'))
    identity.distrust(token)
    const refused = expect(identity.token(never())).rejects.toMatchObject({ code: 'signed_out' })
    await clock.advance(1)
    identity.signOut()
    await refused
    await clock.advance(5_000)
    expect([refreshes(), clock.pending()]).toEqual([0, 0])
  })
})

describe('after two JWTs in a row were refused', () => {
  async function refusedTwice() {
    const app = { jwt: 'first-token' }
    let refreshes = 0
    const arranged = arrange(
      () => app.jwt,
      () => {
        refreshes++
        return 'second-token'
      },
    )
    const { identity, clock } = arranged
    for (let i = 0; i < 2; i++) {
      const held = await identity.token(never())
      await clock.advance(1_000)
      identity.distrust(held?.token as Secret)
    }
    return { ...arranged, app, refreshes: () => refreshes }
  }

  test('the user has to sign in, and no third one is asked for', async () => {
    const { identity, refreshes } = await refusedTwice()
    await expect(identity.token(never())).rejects.toMatchObject({ code: 'unauthenticated' })
    expect(refreshes()).toBe(1)
  })

  test('the app is still asked: another JWT is used', async () => {
    const { identity, app } = await refusedTwice()
    app.jwt = 'third-token'
    expect((await identity.token(never()))?.token.reveal()).toBe('third-token')
    expect(identity.trusted()?.token.reveal()).toBe('third-token')
  })

  test('of the next user none is', async () => {
    const { identity, app, clock } = await refusedTwice()
    identity.signIn()
    app.jwt = 'of-the-next-user'
    const held = await identity.token(never())
    await clock.advance(1_000)
    identity.distrust(held?.token as Secret)
    expect((await identity.token(never()))?.token.reveal()).toBe('second-token')
  })
})

test('an accepted JWT forgets the refusal before it: one more is not the end', async () => {
  const tokens = ['a-token', 'b-token', 'c-token']
  const { identity, clock } = arrange(
    () => tokens[0],
    () => {
      tokens.shift()
      return tokens[0]
    },
  )
  const refuse = async () => {
    const held = await identity.token(never())
    await clock.advance(1_000)
    identity.distrust(held?.token as Secret)
  }
  await refuse()
  await identity.token(never())
  identity.trust()
  await refuse()
  expect((await identity.token(never()))?.token.reveal()).toBe('c-token')
})

test('refused, a ticket accepted, a JWT accepted: two refusals more end it, and one does not', async () => {
  const tokens = ['a-token', 'b-token', 'c-token', 'd-token']
  const { identity, clock } = arrange(
    () => tokens[0],
    () => {
      tokens.shift()
      return tokens[0]
    },
  )
  const refuse = async () => {
    const held = await identity.token(never())
    await clock.advance(1_000)
    identity.distrust(held?.token as Secret)
  }
  await refuse()
  identity.forgive()
  await identity.token(never())
  identity.trust()
  await refuse()
  expect((await identity.token(never()))?.token.reveal()).toBe('c-token')
  await refuse()
  await expect(identity.token(never())).rejects.toMatchObject({ code: 'unauthenticated' })
})

describe('an app that answers late', () => {
  test('with what was refreshed meanwhile does not bring it back', async () => {
    const { identity } = arrange(
      () => 'old-token',
      () => 'new-token',
    )
    await identity.token(never())
    await identity.refresh(never())
    expect((await identity.token(never()))?.token.reveal()).toBe('new-token')
  })

  test('to a call that began before the one which gave the present JWT is not received', async () => {
    const answers: ((jwt: string | null) => void)[] = []
    const { identity, changes } = arrange(() => new Promise((resolve) => answers.push(resolve)))
    const first = identity.token(never())
    const second = identity.token(never())
    const third = identity.token(never())
    answers[1]?.('newer-token')
    expect((await second)?.token.reveal()).toBe('newer-token')
    answers[0]?.('older-token')
    expect((await first)?.token.reveal()).toBe('newer-token')
    answers[2]?.('newest-token')
    expect((await third)?.token.reveal()).toBe('newest-token')
    expect(changes).toEqual([])
  })
})

test('a token that no longer counts is masked in the errors of the app, whatever it looks like', async () => {
  let failure = ''
  const { identity } = arrange(() => {
    if (failure) throw new Error(failure)
    return 'opaque/Token+17=='
  })
  await identity.token(never())
  failure = `cannot renew opaque/Token+17== (${encodeURIComponent('opaque/Token+17==')})`
  const error = (await identity.token(never()).catch((e: unknown) => e)) as Error
  expect(String((error.cause as Error).message)).toBe('cannot renew [redacted] ([redacted])')
})
