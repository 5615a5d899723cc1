// `npm start`. PORT chooses the port (the next free one is taken), REDIS_URL keeps the tickets in Redis.

import { startDemo } from './start-demo.ts'

const port = Number(process.env.PORT || 5173)
if (!Number.isInteger(port) || port < 0 || port > 65_535) {
  console.error(`PORT must be a number from 0 to 65535, got "${process.env.PORT}"`)
  process.exit(1)
}

const demo = await startDemo({ port, redisUrl: process.env.REDIS_URL })

let isEnding = false
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    // Somebody who presses it twice does not want to wait.
    if (isEnding) process.exit(1)
    isEnding = true
    void demo.close().then(() => process.exit(0))
  })
}
