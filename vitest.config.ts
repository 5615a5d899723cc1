import { availableParallelism } from 'node:os'
import { storybookTest } from '@storybook/addon-vitest/vitest-plugin'
import react from '@vitejs/plugin-react'
import { playwright } from '@vitest/browser-playwright'
import { defineConfig } from 'vitest/config'
import { aliases } from './scripts/entries.ts'
import { chromiumOptions } from './test/setup/chromium.ts'
import { chromium } from './test/setup/engines/chromium.ts'
import type { Engine } from './test/setup/engines/engine.ts'
import { firefox } from './test/setup/engines/firefox.ts'
import { vitestProvider } from './test/setup/engines/vitest-provider.ts'
import { webkit } from './test/setup/engines/webkit.ts'
import { LastLineReporter } from './test/setup/last-line-reporter.ts'
import { findChromium, findNginx, findPromtool, findRedis, have } from './test/setup/tools.ts'

const has = (engine: Engine) => engine.tools().every((tool) => have(tool))
const withBrowser = has(chromium)
const engineTests = [chromium, firefox, webkit]
  .filter(has)
  .map(({ name }) => `test/engines/${name.toLowerCase()}.test.ts`)
const withRedis = have(findRedis())
// `.ci/run` installs neither: `.ci/full` does, and sets the variable.
const isDeployMandatory = process.env.DEPLOY_TOOLS === 'mandatory'
const deployTests = [
  ...(withRedis && have(findNginx(), isDeployMandatory) ? ['test/deploy/nginx.test.ts'] : []),
  ...(have(findPromtool(), isDeployMandatory) ? ['test/deploy/prometheus.test.ts'] : []),
]

const resolve = { alias: aliases }

// Hooks and inspector once more, where layout, effects and event loop are real.
const inPage = {
  resolve,
  plugins: [react()],
  // Found while tests run, a dependency would reload the page under them.
  optimizeDeps: {
    include: [
      'react',
      'react/jsx-dev-runtime',
      'react-dom/client',
      'react-dom/server',
      '@testing-library/react',
      '@testing-library/dom',
      'zustand/vanilla',
    ],
  },
  test: {
    include: ['test/react/**/*.test.tsx', 'test/inspector/**/*.test.ts'],
    // A real server, what is tested without a page, and modules that are loaded anew, which a page does not.
    exclude: [
      'test/react/react-use-websocket.test.tsx',
      'test/react/on-a-server.test.tsx',
      'test/react/stable-props.test.tsx',
    ],
  },
}

// A function: two projects must not share one `instances` array.
const browser = () => ({
  enabled: true,
  headless: true,
  screenshotFailures: false,
  provider: playwright({ launchOptions: chromiumOptions(findChromium().path) }),
  instances: [{ browser: 'chromium' as const }],
})

// `.ci/run` leaves out what is the same in every engine and takes long; `.ci/full` takes all of it.
const inEveryEngine = process.env.ENGINES === 'full'
const sameEverywhere = inEveryEngine
  ? []
  : [
      'test/inspector/{export,messages,panel,secrets,unmount}.test.ts',
      'test/react/{concurrent,messages,stable-props,url-function,use-request}.test.tsx',
    ]
/** It reads texts alone, and takes long. */
const sameInJsdom = inEveryEngine ? [] : ['test/inspector/secrets.test.ts']
/** It asks for a Chromium by its protocol. */
const onlyInChromium = ['test/inspector/forced-colours.test.ts']
/** Where there is no window manager, no window of WebKit has the focus. */
const withoutFocus = ['test/inspector/floating-panels.test.ts']
/** A turn of the loop takes long in WebKit, and this takes thousands. */
const slowInWebKit = inEveryEngine ? [] : ['test/react/strict-mode.test.tsx']

const inEngine = (engine: Engine, exclude: string[]) => {
  const name = engine.name.toLowerCase()
  return {
    ...inPage,
    test: {
      ...inPage.test,
      name: `browser-${name}`,
      exclude: [...inPage.test.exclude, ...sameEverywhere, ...exclude],
      browser: {
        enabled: true,
        headless: true,
        screenshotFailures: false,
        provider: vitestProvider(engine),
        instances: [{ browser: name as never }],
      },
      ...inGroup(1),
      ...(inEveryEngine && { testTimeout: 300_000 }),
    },
  }
}

// Projects of one group run side by side, groups one after the other: a browser and a fleet of unit tests on two
// cores would make each other late. The limits are for a busy machine; a test that needs them on an idle one is slow.
const inGroup = (groupOrder: number) => ({
  sequence: { groupOrder },
  // One core less is the default. What measures nothing and shows no page may have them all.
  ...(groupOrder === 0 && { maxWorkers: availableParallelism() }),
  testTimeout: 20_000,
  expect: { poll: { timeout: 10_000 } },
})

export default defineConfig({
  test: {
    reporters: ['default', new LastLineReporter()],
    coverage: { provider: 'v8', include: ['src/**'] },
    projects: [
      { resolve, test: { name: 'unit', environment: 'node', include: ['test/unit/**/*.test.ts'], ...inGroup(0) } },
      {
        test: {
          name: 'types',
          include: [],
          typecheck: {
            enabled: true,
            only: true,
            include: ['test/types/**/*.test-d.ts'],
            tsconfig: './tsconfig.types.json',
          },
          ...inGroup(0),
        },
      },
      {
        resolve,
        plugins: [react()],
        test: {
          name: 'react',
          environment: 'jsdom',
          include: ['test/react/**/*.test.tsx', 'test/inspector/**/*.test.ts'],
          exclude: ['test/inspector/{layout,forced-colours,floating-panels}.test.ts'],
          ...inGroup(0),
        },
      },
      {
        // The same on the oldest React that is served.
        resolve: { alias: [...aliases, { find: /^react(-dom)?(?=$|\/)/, replacement: 'react$118' }] },
        plugins: [react()],
        test: {
          name: 'react18',
          environment: 'jsdom',
          include: ['test/react/**/*.test.tsx'],
          exclude: ['test/react/activity*.test.tsx'],
          setupFiles: ['test/setup/react-18.ts'],
          ...inGroup(0),
        },
      },
      {
        // On a virtual clock, which nothing makes late.
        test: { name: 'simulation', environment: 'node', include: ['test/simulation/**/*.test.ts'], ...inGroup(0) },
      },
      {
        // Many random schedules: alone, so that nothing is late.
        test: { name: 'model', environment: 'node', include: ['test/model/**/*.test.ts'], ...inGroup(1) },
      },
      {
        // Attacks on a server in a process with little memory: alone, since what they do to it is measured.
        resolve,
        test: {
          name: 'adversary',
          environment: 'node',
          include: ['test/adversary/**/*.test.ts'],
          ...inGroup(4),
          ...(process.env.FULL && { testTimeout: 300_000 }),
        },
      },
      // The sources run by Bun and Deno, where the variables say where these are: `.ci/full` fetches them.
      ...(process.env.BUN_PATH || process.env.DENO_PATH
        ? [
            {
              test: {
                name: 'runtimes',
                environment: 'node' as const,
                include: ['test/runtimes/**/*.test.ts'],
                ...inGroup(0),
              },
            },
          ]
        : []),
      ...(withRedis
        ? [
            {
              resolve,
              test: {
                name: 'redis',
                environment: 'node',
                include: ['test/redis/**/*.test.ts'],
                globalSetup: ['test/setup/redis.ts'],
                ...inGroup(0),
              },
            },
          ]
        : []),
      ...(deployTests.length > 0
        ? [
            {
              resolve,
              test: {
                name: 'deploy',
                environment: 'node',
                include: deployTests,
                globalSetup: withRedis ? ['test/setup/redis.ts'] : [],
                ...inGroup(0),
              },
            },
          ]
        : []),
      ...(has(firefox) ? [inEngine(firefox, onlyInChromium)] : []),
      ...(has(webkit) ? [inEngine(webkit, [...onlyInChromium, ...withoutFocus, ...slowInWebKit])] : []),
      ...(engineTests.length > 0
        ? [
            {
              resolve,
              test: {
                name: 'engines',
                environment: 'node' as const,
                include: engineTests,
                // Beside the stories, whose page leaves a core idle.
                ...inGroup(2),
                testTimeout: 60_000,
                hookTimeout: 60_000,
              },
            },
          ]
        : []),
      ...(withBrowser
        ? [
            {
              ...inPage,
              test: {
                ...inPage.test,
                name: 'browser',
                exclude: [...inPage.test.exclude, ...sameInJsdom],
                browser: browser(),
                ...inGroup(1),
              },
            },
            {
              resolve,
              plugins: [storybookTest({ configDir: '.storybook' })],
              // Storybook's own files import React by a way that Vite's scan does not see before it serves them.
              optimizeDeps: {
                include: [
                  'react',
                  'react-dom',
                  'react-dom/client',
                  'storybook/internal/core-events',
                  'storybook/preview-api',
                ],
              },
              test: { name: 'storybook', browser: browser(), ...inGroup(2) },
            },
            {
              resolve,
              test: {
                name: 'e2e',
                environment: 'node',
                include: ['test/e2e/**/*.test.ts'],
                ...inGroup(3),
                // Each opens its own browser and server, and waits for both.
                maxWorkers: availableParallelism(),
                testTimeout: 60_000,
                hookTimeout: 60_000,
              },
            },
          ]
        : []),
    ],
  },
})
