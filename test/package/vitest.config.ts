// The packed package as its users install it. Needs `dist`, and is no part of `npm test`, which needs no build.

import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    name: 'package',
    include: ['test/package/**/*.test.ts'],
    globalSetup: ['test/package/install.ts'],
    testTimeout: 60_000,
  },
})
