// The packed package as its users install it. Needs `dist`, and is no part of `npm test`, which needs no build.

import { defineConfig } from 'vitest/config'
import { findChromium, findRedis, have } from '../setup/tools.ts'

const withBrowser = have(findChromium())
const withRedis = have(findRedis())
/** `.ci/full` fetches them. */
const withRuntimes = process.env.RUNTIMES_PATH !== undefined
const files = (folder: string) => `test/package/${folder}/*.test.ts`

export default defineConfig({
  test: {
    name: 'package',
    include: [
      files('.'),
      ...(withRuntimes ? [files('runtimes')] : []),
      ...(withBrowser ? [files('browser')] : []),
      ...(withBrowser && withRedis ? [files('browser-and-redis')] : []),
    ],
    globalSetup: ['test/package/install.ts'],
    testTimeout: 60_000,
  },
})
