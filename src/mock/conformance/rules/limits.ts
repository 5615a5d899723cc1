// The limits of this library's server: PROTOCOL.md, section 8. Another server may set its own.

import { refusedWith } from '../probe.ts'
import { check, equal, rule } from '../rule.ts'

export const limits = [
  ...rule(
    'PR-90',
    [
      'a frame of 64 KiB is taken',
      async (probe) => {
        const dialled = await probe.open()
        dialled.send(new Uint8Array(64 * 1024))
        await dialled.alive()
      },
      'library limits',
    ],
    [
      'a longer one ends the connection with 1009',
      async (probe) => {
        const dialled = await probe.open()
        dialled.send(new Uint8Array(64 * 1024 + 1))
        equal('the code', (await dialled.ended()).code, 1009)
      },
      'library limits',
    ],
  ),
  ...rule('PR-94', [
    'a user holds at most 20 unspent tickets; one more is 429 with Retry-After',
    async (probe) => {
      for (let held = 0; held < 20; held++) await probe.buy()
      const answer = await probe.ask('POST', '/ticket')
      refusedWith(answer, 429)
      check(Number(answer.headers.get('retry-after')) > 0, 'Retry-After should say how long to wait')
    },
    'library limits',
  ]),
]
