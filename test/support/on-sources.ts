// `node --import`: the published names resolve to the sources, for programs that a test starts as their users do.

import { registerHooks } from 'node:module'
import { pathToFileURL } from 'node:url'
import { aliases } from '../../scripts/entries.ts'

registerHooks({
  resolve(specifier, context, next) {
    const source = aliases.find(({ find }) => find.test(specifier))?.replacement
    return next(source === undefined ? specifier : pathToFileURL(source).href, context)
  },
})
