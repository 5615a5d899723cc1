// By its file: the package has a second copy for bundlers, and graphql refuses a schema of another copy.
import { GraphQLObjectType, GraphQLSchema, GraphQLString } from 'graphql/index.js'
import { makeServer } from 'graphql-ws'
import { createClient } from 'graphql-ws/client'
import { expect, onTestFinished, test } from 'vitest'
import { ticketWebSocket } from '../../../src/index.ts'
import { type Serve, signedInPage } from './page.ts'
import { clientSuite } from './suite.ts'

/** A subscription that answers once with what it was given; `ever` stays. */
const schemaWith = (heard: (words: unknown) => void) =>
  new GraphQLSchema({
    query: new GraphQLObjectType({ name: 'Query', fields: { unused: { type: GraphQLString } } }),
    subscription: new GraphQLObjectType({
      name: 'Subscription',
      fields: {
        answers: {
          type: GraphQLString,
          args: { to: { type: GraphQLString } },
          async *subscribe(_source, { to }: { to: string }) {
            heard(to)
            yield { answers: `re: ${to}` }
            if (to === 'ever') await new Promise(() => {})
          },
        },
      },
    }),
  })

const serveGraphql: Serve = (connection, { socket }, heard) => {
  const closed = makeServer({ schema: schemaWith(heard) }).opened(
    {
      protocol: socket.protocol,
      send: (data) => connection.sendText(data),
      close: (code, reason) => connection.close(code, reason),
      onMessage: (listener) => void connection.onText((text) => listener(text)),
    },
    {},
  )
  connection.onClose((code, reason) => void closed(code, reason))
}

type Page = Awaited<ReturnType<typeof signedInPage>>

const clientOf = ({ source, url }: Page, at: string | (() => string) = url) =>
  createClient({
    url: at,
    webSocketImpl: ticketWebSocket(source),
    lazy: false,
    onNonLazyError: () => {},
    retryAttempts: 100,
    retryWait: () => Promise.resolve(),
    shouldRetry: (problem) => (problem as { error?: { retryable: boolean } }).error?.retryable !== false,
  })

/** It rejects when the connection that is under way fails. */
const dispose = async (client: ReturnType<typeof clientOf>) => {
  await Promise.resolve(client.dispose()).catch(() => {})
}

const ask = (to: string) => ({ query: `subscription { answers(to: "${to}") }` })

function start(page: Page, url: string | (() => string)) {
  const client = clientOf(page, url)
  return {
    say: (words: string) => void client.subscribe(ask(words), { next() {}, error() {}, complete() {} }),
    stop: () => void dispose(client),
  }
}

clientSuite({ name: 'graphql-ws', keepsTrying: false, serve: serveGraphql, start, startAsking: start })

test('graphql-ws: an answer comes back by the protocol that the server selected', async () => {
  const page = await signedInPage(serveGraphql)
  const client = clientOf(page)
  onTestFinished(() => dispose(client))
  const { value } = await client.iterate(ask('why')).next()
  expect(value).toEqual({ data: { answers: 're: why' } })
  expect(page.server.upgrades[0]?.protocols).toBe('graphql-transport-ws')
})

test('graphql-ws: by JWT it offers its own protocol before ours, so that the server selects it', async () => {
  const page = await signedInPage(serveGraphql, { ticketAuth: false })
  const client = clientOf(page)
  onTestFinished(() => dispose(client))
  const { value } = await client.iterate(ask('why')).next()
  expect(value).toEqual({ data: { answers: 're: why' } })
  expect(page.server.upgrades[0]?.protocols).toMatch(/^graphql-transport-ws, ?jwt-auth, ?jwt\.[\w-]+$/)
})

test('graphql-ws: a log-out ends the subscription with 4401, and later ones without a dial', async () => {
  const page = await signedInPage(serveGraphql)
  const client = clientOf(page)
  onTestFinished(() => dispose(client))
  const endOf = (to: string) =>
    new Promise((resolve) =>
      client.subscribe(ask(to), { next() {}, error: resolve, complete: () => resolve('completed') }),
    )
  const ended = endOf('ever')
  await page.until(() => page.words().includes('ever'))
  const dials = page.server.upgrades.length
  page.logOut()
  expect(await ended).toMatchObject({ code: 4401, reason: 'unauthenticated' })
  expect(await endOf('late')).toMatchObject({ error: { code: 'unauthenticated' } })
  expect(page.server.upgrades).toHaveLength(dials)
})
