import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { preview } from 'vite'

const BUILT = fileURLToPath(new URL('../storybook-static/', import.meta.url))

/** Serves what `npm run build-storybook` made, on a free port of this machine. */
export async function serveStories(): Promise<{ url: string; close(): Promise<void> }> {
  if (!existsSync(BUILT)) throw new Error('storybook-static is missing. Run: npm run build-storybook')
  const server = await preview({
    configFile: false,
    appType: 'mpa',
    logLevel: 'error',
    build: { outDir: BUILT },
    preview: { host: 'localhost', port: 0 },
  })
  const [url] = server.resolvedUrls?.local ?? []
  if (!url) throw new Error('the server of the stories has no address')
  return { url: url.replace(/\/$/, ''), close: () => server.close() }
}
