// Writes the endpoints as OpenAPI: docs/openapi.json is what the handler serves, and a test fails when it differs.

import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { openApiDocument } from '../src/contract/openapi.ts'

const FILE = fileURLToPath(new URL('../docs/openapi.json', import.meta.url))

export const openApiPage = (): string => `${JSON.stringify(openApiDocument(), null, 2)}\n`

if (import.meta.main) writeFileSync(FILE, openApiPage())
