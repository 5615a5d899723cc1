import { build, type Rolldown } from 'vite'
import { expect, test } from 'vitest'

/** The hooks as a bundler leaves them in an app. */
async function bundled(mode: string): Promise<string> {
  const output = (await build({
    configFile: false,
    logLevel: 'error',
    mode,
    define: { 'process.env.NODE_ENV': JSON.stringify(mode) },
    build: {
      write: false,
      minify: true,
      lib: { entry: 'src/react/index.ts', formats: ['es'] },
      rolldownOptions: { external: [/^react/, /^zustand/] },
    },
  })) as Rolldown.RolldownOutput | Rolldown.RolldownOutput[]
  const [first] = [output].flat()
  return first?.output.map((part) => ('code' in part ? part.code : '')).join('') ?? ''
}

test('a bundler drops the warnings for developers from production', async () => {
  expect(await bundled('development')).toContain('in every render')
  const production = await bundled('production')
  expect(production).toContain('useTicketSocket needs options')
  expect(production).not.toContain('in every render')
  expect(production).not.toContain('console.warn')
})
