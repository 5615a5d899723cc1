// A turn of the loop in Chromium, for the clock of the tests. Nested timers would wait 4 ms each; a message on a channel
// does not. But bodies and digests are read on other threads: a turn ends when none of these is on its way.

/** A body that never ends, as some scenarios have it, is not waited for. */
const MOST_HOPS = 200
const { port1, port2 } = new MessageChannel()
const hop = () =>
  new Promise<void>((resolve) => {
    port1.onmessage = () => resolve()
    port2.postMessage(null)
  })
let onItsWay = 0
let turns = Promise.resolve()

type Methods = Record<string, (...args: unknown[]) => Promise<unknown>>

function count(owner: object, ...names: string[]) {
  for (const name of names) {
    const methods = owner as Methods
    const real = methods[name] as Methods[string]
    methods[name] = function (this: unknown, ...args) {
      onItsWay++
      return real.apply(this, args).finally(() => onItsWay--)
    }
  }
}

for (const { prototype } of [Request, Response, Blob]) count(prototype, 'arrayBuffer', 'text')
for (const { prototype } of [Request, Response]) count(prototype, 'json', 'blob')
count(ReadableStreamDefaultReader.prototype, 'read')
count(SubtleCrypto.prototype, 'digest', 'sign', 'verify', 'importKey')

async function turn() {
  await hop()
  for (let hops = 0; onItsWay > 0 && hops < MOST_HOPS; hops++) await hop()
}

Object.assign(globalThis, {
  setImmediate(callback: () => void) {
    turns = turns.then(turn)
    void turns.then(callback)
  },
})
