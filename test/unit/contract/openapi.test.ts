import { readFileSync } from 'node:fs'
import { Validator } from '@seriousme/openapi-schema-validator'
import { describe, expect, test } from 'vitest'
import { openApiPage } from '../../../scripts/openapi.ts'
import { type OpenApiDocument, openApiDocument } from '../../../src/contract/openapi.ts'
import { methodsOf, routeOf } from '../../../src/server/http-routes.ts'

async function problemsOf(document: object): Promise<unknown> {
  const { valid, errors } = await new Validator().validate(structuredClone(document) as Record<string, unknown>)
  return valid ? [] : errors
}

/** `GET /websocket/ticket/{handle}` for each operation. */
const operationsOf = ({ paths }: OpenApiDocument) =>
  Object.entries(paths).flatMap(([path, item]) => Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`))

test('docs/openapi.json is what the code says; npm run docs:openapi writes it', () => {
  expect(readFileSync('docs/openapi.json', 'utf8')).toBe(openApiPage())
})

describe('the document', () => {
  test.each([{}, { basePath: '/api/v1/ws', serverUrl: 'https://api.example.com' }])(
    'with %o is OpenAPI 3.1',
    async (options) => {
      const document = openApiDocument(options)
      expect(await problemsOf(document)).toEqual([])
      expect(JSON.stringify(document)).not.toContain('undefined')
    },
  )

  test('a document that is wrong is found by the same check', async () => {
    const { info: _, ...nameless } = openApiDocument()
    expect(await problemsOf(nameless)).not.toEqual([])
    expect(await problemsOf({ ...openApiDocument(), paths: { 'no-slash': {} } })).not.toEqual([])
  })

  test('every reference leads somewhere', () => {
    const document = openApiDocument()
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, path = '']) => path)
    expect(references.length).toBeGreaterThan(20)
    for (const reference of references) {
      const found = reference.split('/').reduce<unknown>((at, key) => (at as Record<string, unknown>)?.[key], document)
      expect(found, reference).toBeTypeOf('object')
    }
  })

  test('names every endpoint that there is, below the base path, by its own name', () => {
    const operations = operationsOf(openApiDocument({ basePath: '/api/ws' }))
    expect(operations).toEqual([
      'POST /api/ws/ticket',
      'GET /api/ws/ticket/{handle}/validate',
      'DELETE /api/ws/ticket/{handle}',
      'DELETE /api/ws/tickets',
      'GET /api/ws/tickets/status',
    ])
    for (const operation of operations) {
      const [method = '', path = ''] = operation.split(' ')
      const route = routeOf(path.replace('{handle}', 'h'.repeat(43)), '/api/ws')
      expect(route && methodsOf(route), operation).toEqual([method])
    }
    expect(openApiDocument({ serverUrl: 'https://api.example.com' }).servers).toEqual([
      { url: 'https://api.example.com' },
    ])
  })
})
