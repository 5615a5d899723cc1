import { inject } from 'vitest'
import { goldenPath } from '../suites/golden-path.ts'
import { CLIENTS, storeOn } from './clients.ts'

for (const [name, connect] of CLIENTS) {
  goldenPath(`Redis, through ${name}`, async () => storeOn(await connect({ path: inject('redisSocket') })).store)
}
