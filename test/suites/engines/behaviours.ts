// The client in a real engine, on real sockets: one suite, run by `test/engines/*.test.ts` in Chromium, Firefox and WebKit.
//
// To add a behaviour:
// 1. Write a test into the file of its kind beside this one, or a new file with one exported function, named below.
// 2. `const { server, proxy, page, jwt } = await arrange(shared)` makes a server in the test's process, a TCP proxy in front of it
//    (`end`, `reset`, `swallow`, `cut`, `heal`), and a page that comes from there.
// 3. `page.run(script, argument)` runs a function in the page. It travels as text: it sees `kit` (`kit.ts`, the client and
//    one user) and its argument, and nothing else. Results travel as JSON.
// 4. `await kit.app.event('lost')` waits for an event of the client, also for one that has come before.
// 5. Where an engine differs, say what it does: `const expected = { Chromium: …, Firefox: …, WebKit: … }[engine.name]`. A
//    test that fails bears the engine's name. Put a line into docs/where-it-runs.md.
// 6. `npm test -- --project engines webkit.test` runs one engine.

import { afterAll, beforeAll, describe } from 'vitest'
import type { Engine, EngineBrowser } from '../../setup/engines/engine.ts'
import { bundleKit, type Shared } from './arrange.ts'
import { connecting } from './connecting.ts'
import { demo } from './demo.ts'
import { losing } from './losing.ts'
import { messages } from './messages.ts'
import { places } from './places.ts'

export function behavesIn(engine: Engine): void {
  describe(`in ${engine.name}`, () => {
    let browser: EngineBrowser | undefined
    const shared = {} as Shared
    beforeAll(async () => {
      ;[browser, shared.kit] = await Promise.all([engine.launch(), bundleKit()])
      shared.browser = browser
    })
    afterAll(() => browser?.close())

    for (const behaviours of [connecting, messages, losing, places, demo]) behaviours(engine, shared)
  })
}
