// What every answer of the endpoints has in common: sections 2 "HTTP" and "Errors" of PROTOCOL.md.

import { check, equal } from '../outcome.ts'
import { type Answer, type Probe, refusedWith } from '../probe.ts'
import { rule } from '../rule.ts'

const UNKNOWN = 'A'.repeat(43)
const STATUS = '/tickets/status'

const SAFE_HEADERS = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
}

function carriesSafeHeaders({ headers }: Answer) {
  for (const [name, value] of Object.entries(SAFE_HEADERS)) {
    check(
      headers.get(name)?.includes(value) ?? false,
      `${name} should be ${value}, was ${headers.get(name) ?? 'missing'}`,
    )
  }
}

/** Every endpoint that needs a JWT. */
const GUARDED = [
  ['POST', '/ticket'],
  ['GET', `/ticket/${UNKNOWN}/validate`],
  ['DELETE', `/ticket/${UNKNOWN}`],
  ['DELETE', '/tickets'],
] as const

const isGuarded = async (probe: Probe, jwt: string | null, headers: Record<string, string> = {}) => {
  for (const [method, path] of GUARDED) {
    const { status } = await probe.ask(method, path, { jwt, headers })
    equal(`the status of ${method} ${path.replace(UNKNOWN, '…')}`, status, 401)
  }
}

/** The same claims, signed by nobody. */
const forgeryOf = (jwt: string) => jwt.replace(/[^.]*$/, (signature) => [...signature].toReversed().join('') || 'x')

export const answers = [
  ...rule(
    'PR-10',
    [
      'an answer with a ticket must not be cached, sniffed or referred to',
      async (probe) => carriesSafeHeaders(await probe.ask('POST', '/ticket')),
    ],
    ['nor must an error', async (probe) => carriesSafeHeaders(await probe.ask('POST', '/ticket', { jwt: null }))],
    ['nor the status', async (probe) => carriesSafeHeaders(await probe.ask('GET', STATUS, { jwt: null }))],
    [
      'a 401 says WWW-Authenticate: Bearer',
      async (probe) => {
        const { headers } = await probe.ask('POST', '/ticket', { jwt: null })
        check(/^bearer/i.test(headers.get('www-authenticate') ?? ''), 'WWW-Authenticate should be Bearer')
      },
    ],
    [
      'answers are JSON',
      async (probe) => {
        const type = (await probe.ask('GET', STATUS, { jwt: null })).headers.get('content-type') ?? 'nothing'
        check(/^application\/json\b/i.test(type), `the content type should be application/json, was ${type}`)
      },
    ],
  ),
  ...rule(
    'PR-11',
    ['every endpoint but the status refuses a request without a JWT', (probe) => isGuarded(probe, null)],
    ['and a request with a wrong one', (probe) => isGuarded(probe, 'not.a.jwt')],
    [
      'a JWT in a cookie, or in another scheme than Bearer, counts for nothing',
      async (probe) => {
        const jwt = await probe.token()
        await isGuarded(probe, null, { cookie: `token=${jwt}; jwt=${jwt}`, authorization: `Basic ${jwt}` })
      },
      'request headers',
    ],
    [
      'a forged JWT is refused with the same words as a malformed one',
      async (probe) => {
        const forged = forgeryOf(await probe.token())
        const problems = await Promise.all(
          ['not.a.jwt', forged].map(async (jwt) => refusedWith(await probe.ask('POST', '/ticket', { jwt }), 401)),
        )
        const [nonsense, forgery] = problems.map(({ title, detail }) => `${title}: ${detail}`)
        equal('the answer to a forged JWT', forgery, nonsense)
        const outcomeOf = async (jwt: string) => (await probe.dialByJwt(jwt)).outcome()
        equal('the connection with a forged JWT', await outcomeOf(forged), await outcomeOf('not.a.jwt'))
      },
    ],
  ),
  ...rule(
    'PR-22',
    [
      'an error is application/problem+json with type, title, status and detail',
      async (probe) => {
        const answer = await probe.ask('POST', '/ticket', { jwt: null })
        const problem = refusedWith(answer, 401)
        const type = answer.headers.get('content-type') ?? 'nothing'
        check(
          type.startsWith('application/problem+json'),
          `the content type should be application/problem+json, was ${type}`,
        )
        equal('status in the body', problem.status, 401)
        for (const field of ['type', 'title', 'detail'] as const)
          equal(`the type of ${field}`, typeof problem[field], 'string')
      },
    ],
    [
      'a bad body names the field',
      async (probe) => {
        const { errors = [] } = refusedWith(await probe.ask('POST', '/ticket', { body: { ttl_seconds: 'long' } }), 422)
        check(
          Array.isArray(errors) &&
            errors.some(({ path, message }) => path === 'ttl_seconds' && typeof message === 'string'),
          'errors should hold { path: "ttl_seconds", message }',
        )
      },
    ],
  ),
  ...rule(
    'PR-24',
    [
      'an unknown path is 404',
      async (probe) => equal('the status', (await probe.ask('GET', '/nothing-here')).status, 404),
    ],
    [
      'an unknown method is 405',
      async (probe) => equal('the status of GET /ticket', (await probe.ask('GET', '/ticket')).status, 405),
    ],
  ),
  ...rule(
    'PR-28',
    [
      'a page of a foreign origin gets no ticket: 403',
      async (probe) => {
        const headers = { origin: probe.target.foreignOrigin ?? '' }
        refusedWith(await probe.ask('POST', '/ticket', { headers }), 403)
      },
      'a foreign origin',
      'request headers',
    ],
    [
      'but may ask for the status',
      async (probe) => {
        const headers = { origin: probe.target.foreignOrigin ?? '' }
        equal('the status', (await probe.ask('GET', STATUS, { jwt: null, headers })).status, 200)
      },
      'a foreign origin',
      'request headers',
    ],
    [
      'a preflight of an allowed origin is answered, and allows Authorization',
      async (probe) => {
        const origin = probe.target.origin ?? ''
        const headers = {
          origin,
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'authorization,content-type',
        }
        const answer = await probe.ask('OPTIONS', '/ticket', { jwt: null, headers })
        check(answer.status === 200 || answer.status === 204, `the status should be 200 or 204, was ${answer.status}`)
        equal('Access-Control-Allow-Origin', answer.headers.get('access-control-allow-origin'), origin)
        check(
          /authorization/i.test(answer.headers.get('access-control-allow-headers') ?? ''),
          'Authorization should be allowed',
        )
      },
      'an allowed origin',
      'request headers',
    ],
    [
      'an answer to an allowed origin lets the page read Retry-After',
      async (probe) => {
        const origin = probe.target.origin ?? ''
        const { headers } = await probe.ask('POST', '/ticket', { jwt: null, headers: { origin } })
        check(names(headers, 'access-control-expose-headers').includes('retry-after'), 'Retry-After should be exposed')
      },
      'an allowed origin',
      'request headers',
    ],
    [
      'every answer says that it depends on the origin',
      async (probe) => {
        for (const origin of [probe.target.origin, probe.target.foreignOrigin]) {
          const { headers } = await probe.ask('POST', '/ticket', { jwt: null, headers: { origin: origin ?? '' } })
          check(names(headers, 'vary').includes('origin'), `Vary should name Origin in the answer to ${origin}`)
        }
      },
      'an allowed origin',
      'a foreign origin',
      'request headers',
    ],
  ),
]

/** The names in a header that holds a list of them. */
const names = (headers: Headers, header: string): string[] =>
  (headers.get(header) ?? '').split(',').map((name) => name.trim().toLowerCase())
