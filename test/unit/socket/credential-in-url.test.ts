import { describe, expect, test } from 'vitest'
import { allowedCredentials, credentialInUrl } from '../../../src/socket/credential-in-url.ts'
import { jwtFor } from '../../support/jwt.ts'

const WS = 'wss://api.example.com/ws'
const JWT = jwtFor('alice')
const look = (rest: string, allowed: boolean | string[] = false) =>
  credentialInUrl(WS + rest, allowedCredentials('allowCredentialInUrl', allowed))

describe('PR-40, PR-42: the parameters of a ticket', () => {
  test.each(['ticket', 'auth_ticket', 'ticket_id'])(
    '%s is refused, whatever its value, and cannot be allowed',
    (name) => {
      for (const value of ['', '1', '4711', 'T'.repeat(43)]) {
        const problem = `url must not have the parameter "${name}": the client puts its own ticket there. Rename the parameter, or remove it.`
        expect(look(`?room=1&${name}=${value}`)).toBe(problem)
        expect(look(`?${name}=${value}`, true)).toBe(problem)
      }
      expect(look(`?${name}`)).toContain(`"${name}"`)
    },
  )

  test.each(['tick%65t=1', 'Ticket=1', 'AUTH_TICKET=1', 'a=1&b=2&ticket=1', 'ticket=1&ticket=2', '&&ticket=1'])(
    'are found in ?%s',
    (query) => {
      expect(look(`?${query}`)).toContain('must not have the parameter')
    },
  )

  test.each(['tickets=1', 'my_ticket=1', 'ticketId=1', 'ticket%5B%5D=1', 'x=ticket', 'x=?ticket=1'])(
    'are not found in ?%s',
    (query) => {
      expect(look(`?${query}`)).toBeNull()
    },
  )
})

describe('a token', () => {
  const NAMES = ['token', 'access_token', 'auth_token', 'id_token', 'jwt']

  test.each(NAMES)('in %s is refused from 16 characters on', (name) => {
    expect(look(`?${name}=${'x'.repeat(15)}`)).toBeNull()
    expect(look(`?${name}=`)).toBeNull()
    expect(look(`?${name}=${'x'.repeat(16)}`)).toBe(
      `url holds a credential in its parameter "${name}". Remove it: the client authenticates the connection by itself. ` +
        `If it is none, set allowCredentialInUrl: ["${name}"].`,
    )
  })

  test('is counted as it is read, not as it is spelled', () => {
    expect(look(`?token=${'%61'.repeat(15)}`)).toBeNull()
    expect(look(`?token=${'%61'.repeat(16)}`)).not.toBeNull()
    expect(look(`?tok%65n=${'x'.repeat(16)}`)).not.toBeNull()
  })

  test('is found behind a short one of the same name, and in any letters', () => {
    expect(look(`?token=1&token=${'x'.repeat(16)}`)).not.toBeNull()
    expect(look(`?Token=${'x'.repeat(16)}`)).toContain('"Token"')
  })

  test('of another name is none, however long it is', () => {
    expect(look(`?session=${'x'.repeat(80)}&page_token=${'x'.repeat(80)}&cursor=a.b.c`)).toBeNull()
  })
})

describe('a JWT', () => {
  const [header, payload] = JWT.split('.')
  test.each([
    ['in any parameter', `?apikey=${JWT}`, 'in its parameter "apikey"'],
    ['without a signature', `?a=${header}.${payload}`, 'in its parameter "a"'],
    ['whose dots are encoded', `?a=${JWT.replaceAll('.', '%2E')}`, 'in its parameter "a"'],
    ['behind Bearer', `?authorization=Bearer%20${JWT}`, 'in its parameter "authorization"'],
    ['as a subprotocol carries it', `?p=jwt.${JWT}`, 'in its parameter "p"'],
    ['within JSON', `?init=${encodeURIComponent(JSON.stringify({ auth: JWT }))}`, 'in its parameter "init"'],
    ['instead of a query', `?${JWT}`, 'url holds a JWT in its query'],
    ['in the path', `/${JWT}/room`, 'url holds a JWT in its path'],
    ['in the path, encoded', `/${JWT.replaceAll('.', '%2E')}`, 'url holds a JWT in its path'],
  ])('%s is refused, and never shown', (_where, rest, said) => {
    expect(look(rest)).toContain(said)
    expect(look(rest)).not.toContain(header)
  })

  test.each(['a=x.y.z', 'a=1.2', 'v=1.10.3', 'a=e30', 'a=..', 'host=api.example.com', 'a=MQ.Mg', 'a=bnVsbA.bnVsbA'])(
    'is not what stands in ?%s',
    (query) => {
      expect(look(`?${query}`)).toBeNull()
    },
  )

  test('is not a path that cannot be decoded', () => {
    expect(look('/%zz/%E0%A4%A')).toBeNull()
  })
})

describe('allowCredentialInUrl', () => {
  const both = `?token=${'x'.repeat(16)}&apikey=${JWT}`

  test('true allows everything but a ticket', () => {
    expect(look(both, true)).toBeNull()
    expect(look(`/${JWT}`, true)).toBeNull()
  })

  test('a list allows what these parameters hold, in any letters, and nothing else', () => {
    expect(look(both, ['token', 'ApiKey'])).toBeNull()
    expect(look(both, ['apikey'])).toContain('"token"')
    expect(look(both, ['TOKEN'])).toContain('"apikey"')
    expect(look(both, [])).toContain('"token"')
    expect(look(`/${JWT}`, ['path'])).toContain('in its path')
  })

  test.each([
    ['token', 'allowCredentialInUrl must be true or an array of names, got string'],
    [null, 'allowCredentialInUrl must be true or an array of names, got null'],
    [[1], 'allowCredentialInUrl[0] must be a non-empty string, got 1'],
    [[''], 'allowCredentialInUrl[0] must be a non-empty string'],
    [['apikey', 'Ticket'], 'allowCredentialInUrl must not name ticket, auth_ticket, ticket_id'],
  ])('%j is refused', (wrong, message) => {
    const check = () => allowedCredentials('allowCredentialInUrl', wrong as never)
    expect(check).toThrow(TypeError)
    expect(check).toThrow(message)
  })
})

test('a name that could forge a line of a log is not shown', () => {
  expect(look(`?${encodeURIComponent('a\n[error] b')}=${JWT}`)).toContain('url holds a JWT in its query')
})
