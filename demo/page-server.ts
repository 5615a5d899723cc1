import type { Server } from 'node:http'
import { fileURLToPath } from 'node:url'
import react from '@vitejs/plugin-react'
import { type Connect, createServer } from 'vite'
import { aliases } from '../scripts/entries.ts'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

export interface PageServer {
  middleware: Connect.Server
  close(): Promise<void>
}

/**
 * The page, compiled as it is asked for: `ticket-socket` and its entries are the sources of this repository.
 * With `watch`, a change of the sources reaches the open page.
 */
export async function createPageServer(http: Server, { watch }: { watch: boolean }): Promise<PageServer> {
  const vite = await createServer({
    configFile: false,
    root: here('page'),
    cacheDir: here('../node_modules/.vite/demo'),
    logLevel: 'error',
    plugins: [react()],
    resolve: { alias: aliases },
    // Named, because a dependency that is found later reloads the page, and a reload signs out.
    optimizeDeps: { include: ['react', 'react/jsx-dev-runtime', 'react-dom/client', 'zustand', 'zustand/vanilla'] },
    server: {
      middlewareMode: true,
      warmup: { clientFiles: ['./main.tsx'] },
      ws: { server: http },
      ...(!watch && { watch: null }),
    },
  })
  return { middleware: vite.middlewares, close: () => vite.close() }
}
