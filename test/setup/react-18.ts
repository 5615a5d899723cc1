// React 18 in place of the installed one, for everybody: the tests' imports go by the project's aliases; what packages
// in node_modules require goes through Node, and so by this hook.

import { registerHooks } from 'node:module'
import { version } from 'react'

registerHooks({
  // `react-dom/client` is `react-dom18/client`.
  resolve: (specifier, context, next) => next(specifier.replace(/^react(-dom)?(?=$|\/)/, 'react$118'), context),
})

if (!version.startsWith('18.')) throw new Error(`the tests are to run on React 18, and would on ${version}`)
