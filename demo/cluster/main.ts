// `npm run cluster`: two servers and one Redis behind a round-robin proxy, and what each of them sees. Ctrl-C ends it; with
// `-- --once` it ends by itself after the story.

import { startCluster } from './start-cluster.ts'
import { tellStory } from './story.ts'

const cluster = await startCluster(console.log)
let isOver = false
async function end(code: number) {
  if (isOver) return
  isOver = true
  await cluster.close()
  process.exit(code)
}
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void end(0))

try {
  await tellStory(cluster)
  if (process.argv.includes('--once')) await end(0)
  else console.log(`\nThe other server goes on, at ${cluster.httpUrl}. Ctrl-C ends it.`)
} catch (error) {
  // Ctrl-C in the middle of the story takes away what it waits for.
  if (!isOver) console.error(error)
  await end(1)
}
