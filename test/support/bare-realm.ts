// A realm with the language and nothing else: no timer, no URL, no TextEncoder, no console.

import vm from 'node:vm'
import { build, type Plugin, type Rolldown } from 'vite'
import { aliases, type EntryName } from '../../scripts/entries.ts'

/** What foreign packages look up by themselves while they are loaded. */
export const FOREIGN_LOOK_UPS: Partial<Record<EntryName, Record<string, unknown>>> = {
  // jose keeps an encoder. Every runtime of a server has one.
  server: { TextEncoder, TextDecoder },
  'server/crossws': { TextEncoder, TextDecoder },
  // Its peer rolls the default of a delay.
  'reconnecting-websocket': { Math },
}

const ENTRY = 'virtual:entry'

/** One script of the module and everything that it imports. The script leaves the module's names in `names`. */
export async function bundleOf(specifier: string, root?: string): Promise<string> {
  const entry: Plugin = {
    name: 'entry',
    resolveId: (id) => (id === ENTRY ? `\0${ENTRY}` : undefined),
    load: (id) =>
      id === `\0${ENTRY}` ? `import * as all from '${specifier}'; globalThis.names = Object.keys(all)` : undefined,
  }
  const { output } = (await build({
    configFile: false,
    logLevel: 'error',
    // The sources, unless a project has the package installed.
    ...(root === undefined ? { resolve: { alias: aliases } } : { root }),
    define: { 'process.env.NODE_ENV': '"production"' },
    plugins: [entry],
    build: { write: false, minify: false, rolldownOptions: { input: ENTRY, output: { format: 'iife' } } },
  })) as Rolldown.RolldownOutput
  return output[0].code
}

/** Runs the script where only the language is, and these; answers with the names that it left. Workers refuse random numbers. */
export function runBare(code: string, given: Readonly<Record<string, unknown>> = {}): string[] {
  const realm = vm.createContext({ ...given })
  vm.runInContext('delete globalThis.console; delete globalThis.WebAssembly', realm)
  if (!given.Math) vm.runInContext('Math.random = undefined', realm)
  return vm.runInContext(`${code}\n;names`, realm) as string[]
}
