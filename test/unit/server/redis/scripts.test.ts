import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import * as scripts from '../../../../src/server/redis/scripts.ts'

const all = Object.entries(scripts).filter(([, script]) => typeof script === 'object')

test.each(all)('%s has the digest by which Redis knows it', (_name, { text, sha1 }) => {
  expect(sha1).toBe(createHash('sha1').update(text).digest('hex'))
})
