// The entry points of the package, once: tsup builds them, the tests, the demo and Storybook resolve the published
// names to them, and a test holds package.json and tsconfig.json to this list.

import { fileURLToPath } from 'node:url'

/** Path below `dist` (without extension) → source file. */
export const entries = {
  index: 'src/index.ts',
  react: 'src/react/index.ts',
  server: 'src/server/index.ts',
  'server/node': 'src/server/node/index.ts',
  'server/redis': 'src/server/redis/index.ts',
  'server/crossws': 'src/server/crossws/index.ts',
  'server/conformance': 'src/server/conformance/index.ts',
  mock: 'src/mock/index.ts',
  'mock/conformance': 'src/mock/conformance/index.ts',
  inspector: 'src/inspector/index.ts',
  'reconnecting-websocket': 'src/reconnecting-websocket/index.ts',
  schemas: 'src/schemas.ts',
} as const

/** Commands of the package: the same, and a line in `bin`. */
export const commands = {
  'conformance-cli': 'src/mock/conformance/cli/main.ts',
} as const

export type EntryName = keyof typeof entries

/** `server/node` → `ticket-socket/server/node`; `index` is the package itself. */
export const publishedName = (entry: string) => (entry === 'index' ? 'ticket-socket' : `ticket-socket/${entry}`)

const absolute = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url))

/** For `resolve.alias` of Vite and Vitest: published names resolve to the sources, so nothing has to be built first. */
export const aliases = Object.entries(entries).map(([entry, source]) => ({
  find: new RegExp(`^${publishedName(entry)}$`),
  replacement: absolute(source),
}))
