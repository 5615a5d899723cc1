import { build, type Rolldown } from 'vite'
import { aliases } from '../../scripts/entries.ts'

/** An entry as an app's bundler leaves it, with all of it on `window[name]`. */
export async function bundleOf(name: string, entry: string): Promise<string> {
  const output = (await build({
    configFile: false,
    logLevel: 'error',
    resolve: { alias: aliases },
    build: { write: false, lib: { entry, name, formats: ['iife'] } },
  })) as Rolldown.RolldownOutput[]
  return output[0]?.output[0]?.code ?? ''
}
