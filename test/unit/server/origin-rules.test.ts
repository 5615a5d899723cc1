// Origins by pattern and by function.

import { parse } from 'tldts'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { checkOrigins, originCheck } from '../../../src/server/origins.ts'
import { UNLISTED_HOSTERS } from '../../../src/server/shared-hosts.ts'
import { createUpgradeAuthenticator } from '../../../src/server/upgrade.ts'
import { ALLOWED, CORPUS, PATTERN_CORPUS, PATTERNS } from '../../adversary/origins.ts'
import { arrangeTickets } from './arrange.ts'

const createCheck = (origins: Parameters<typeof checkOrigins>[1]) =>
  originCheck(checkOrigins('allowedOrigins', origins))

/** The lines that this console method got, kept from the output. */
function watch(method: 'error' | 'warn') {
  const spy = vi.spyOn(console, method).mockImplementation(() => {})
  onTestFinished(() => spy.mockRestore())
  return spy
}

describe('a pattern', () => {
  test('allows exactly one label in the place of its asterisk', () => {
    const isAllowed = createCheck(PATTERNS)
    expect(PATTERN_CORPUS.filter(([origin, verdict]) => isAllowed(origin) !== verdict)).toEqual([])
  })

  test('beside a list allows no origin that the corpus refuses', () => {
    const isAllowed = createCheck([...ALLOWED, ...PATTERNS])
    const corpus = [...CORPUS, ...PATTERN_CORPUS]
    expect(corpus.filter(([origin, verdict]) => isAllowed(origin) !== verdict)).toEqual([])
  })

  test.each([
    'https://*',
    'https://*.com',
    'https://*.localhost',
    'https://*.example.com/',
    'https://*.example.com:443',
    'http://*.example.com:80',
    'https://*.Example.com',
    'https://*.*.example.com',
    'https://a.*.example.com',
    'https://*a.example.com',
    'https://a*.example.com',
    'https://**.example.com',
    'https://*example.com',
    'https://*..example.com',
    'https://*.0.0.1',
    'https://*.168.1.1',
    'https://*.[::1]',
    'https://*@example.com',
    '*.example.com',
    '*://*.example.com',
    'https://*.example.*',
  ])('%s is none', (pattern) => {
    expect(() => createCheck([pattern])).toThrow(
      new TypeError(
        `allowedOrigins must hold origins such as https://app.example.com or https://*.preview.example.com, got "${pattern}"`,
      ),
    )
  })

  test.each([
    ['https://*.vercel.app', 'vercel.app'],
    ['https://*.netlify.app', 'netlify.app'],
    ['https://*.pages.dev', 'pages.dev'],
    ['https://*.github.io', 'github.io'],
    ['https://*.github.io:8443', 'github.io'],
    ['https://*.hosted.app', 'hosted.app'],
    ['https://*.ts.net', 'ts.net'],
    ['https://*.a.run.app', 'a.run.app'],
    ['https://*.eu.ngrok.io', 'eu.ngrok.io'],
    ['https://*.s3.eu-west-1.amazonaws.com', 's3.eu-west-1.amazonaws.com'],
    ['https://*.co.uk', 'co.uk'],
    ['https://*.com.au', 'com.au'],
    ['https://*.go.jp', 'go.jp'],
    ['https://*.ed.jp', 'ed.jp'],
    ['https://*.lg.jp', 'lg.jp'],
    ['https://*.pe.kr', 'pe.kr'],
    ['https://*.govt.nz', 'govt.nz'],
    ['https://*.co.com', 'co.com'],
  ])('%s would allow strangers, and is refused', (pattern, suffix) => {
    expect(() => createCheck([pattern])).toThrow(
      new TypeError(
        `allowedOrigins must not hold "${pattern}": anybody can have a name below ${suffix}. List the origins, or use a function`,
      ),
    )
  })

  test.each([
    ['https://*.kobe.jp', 'kobe.jp'],
    ['https://*.compute.amazonaws.com', 'compute.amazonaws.com'],
  ])('%s stands for suffixes, by a wildcard of the list, and is refused', (pattern, suffix) => {
    expect(() => createCheck([pattern])).toThrow(`anybody can have a name below ${suffix}`)
  })

  test.each([
    ['https://*.lovable.dev', 'lovable.dev'],
    ['https://*.eu.lovable.dev', 'lovable.dev'],
    ['https://*.10-0-0-1.nip.io', 'nip.io'],
    ['https://*.amazonaws.com', 'amazonaws.com'],
    ['https://*.kinsta.cloud', 'kinsta.cloud'],
    ['https://*.cfapps.eu10.hana.ondemand.com', 'hana.ondemand.com'],
    ['https://*.s3.us-west-004.backblazeb2.com', 'backblazeb2.com'],
    ['https://*.wpcomstaging.com', 'wpcomstaging.com'],
    ['https://*.eu-gb.mybluemix.net', 'mybluemix.net'],
    ['https://*.us-south.codeengine.appdomain.cloud', 'appdomain.cloud'],
    ['https://*.westeurope.azurecontainerapps.io', 'azurecontainerapps.io'],
  ])('%s is refused although the public suffix list lacks its hoster', (pattern, suffix) => {
    expect(() => createCheck([pattern])).toThrow(`anybody can have a name below ${suffix}`)
  })

  test.each([
    ['https://*.westeurope.1.azurestaticapps.net', 'azurestaticapps.net'],
    ['https://*.z01.azurefd.net', 'azurefd.net'],
    ['https://*.z13.web.core.windows.net', 'web.core.windows.net'],
    ['https://*.scm.azurewebsites.net', 'azurewebsites.net'],
    ['https://*.scm.westeurope-01.azurewebsites.net', 'azurewebsites.net'],
    ['https://*.containers.yandexcloud.net', 'yandexcloud.net'],
  ])('%s is refused although it is one label below a suffix: that label is no customer', (pattern, suffix) => {
    expect(() => createCheck([pattern])).toThrow(`anybody can have a name below ${suffix}`)
  })

  test('a hoster that the public suffix list has is not listed once more', () => {
    const isListed = (host: string) => parse(`any.${host}`, { allowPrivateDomains: true }).publicSuffix === host
    expect([...UNLISTED_HOSTERS].filter(isListed)).toEqual([])
  })

  test.each([
    ['https://*.tail1234.ts.net', 'https://build.tail1234.ts.net'],
    ['https://*.id.me', 'https://api.id.me'],
    ['https://*.team.vercel.app', 'https://a.team.vercel.app'],
    ['https://*.files.s3.eu-west-1.amazonaws.com', 'https://a.files.s3.eu-west-1.amazonaws.com'],
    ['https://*.city.kobe.jp', 'https://a.city.kobe.jp'],
    ['https://*.corp.internal', 'https://a.corp.internal'],
    ['https://*.on_call.example.com', 'https://a.on_call.example.com'],
    ['https://*.example.co.uk', 'https://a.example.co.uk'],
    ['https://*.preview.example.com', 'https://a.preview.example.com'],
    ['https://*.example.com', 'https://a.example.com'],
    ['http://*.dev.localhost:3000', 'http://a.dev.localhost:3000'],
  ])('%s is one', (pattern, origin) => {
    expect(createCheck([pattern])(origin)).toBe(true)
  })
})

describe('a function', () => {
  test('allows by true alone', () => {
    for (const verdict of [false, 1, 'true', {}, [], null, undefined]) {
      expect(createCheck(() => verdict as boolean)('https://app.example.com'), String(verdict)).toBe(false)
    }
    expect(createCheck(() => true)('https://app.example.com')).toBe(true)
  })

  test('is asked about origins as a browser writes them, and about nothing else', () => {
    const asked: string[] = []
    // Of the kind that tutorials show.
    const isAllowed = createCheck((origin) => asked.push(origin) > 0 && origin.endsWith('.example.com'))
    for (const [origin] of [...CORPUS, ...PATTERN_CORPUS]) isAllowed(origin)
    expect(asked).not.toContain('null')
    expect(asked.length).toBeGreaterThan(10)
    expect(asked.filter((origin) => !/^[a-z]+:\/\/[a-z0-9._[\]:-]+$/.test(origin))).toEqual([])
    for (const trick of ['https://evil.com/.example.com', 'https://evil.com?.example.com', 'https://a@b.example.com']) {
      expect(isAllowed(trick), trick).toBe(false)
    }
  })

  test('that throws allows no origin, and is reported', () => {
    const reported = watch('error')
    const mine = new Error('mine')
    const isAllowed = createCheck(() => {
      throw mine
    })
    expect(isAllowed('https://app.example.com')).toBe(false)
    expect(reported.mock.calls).toEqual([[mine]])
  })

  test('that returns a promise allows no origin, with one warning for its developers', async () => {
    const [warned, reported] = [watch('warn'), watch('error')]
    const isAllowed = createCheck((() => Promise.reject(new Error('mine'))) as never)
    expect([isAllowed('https://a.example.com'), isAllowed('https://b.example.com')]).toEqual([false, false])
    await vi.waitFor(() => expect(reported).toHaveBeenCalledTimes(2))
    expect(warned.mock.calls).toEqual([
      ['ticket-socket: allowedOrigins returned a promise, which allows no origin. Use a synchronous function.'],
    ])
  })

  test('that is async is refused', () => {
    expect(() => createCheck((async () => true) as never)).toThrow(
      new TypeError(
        'allowedOrigins must be a synchronous function: its promise would allow no origin. Keep the list in memory',
      ),
    )
  })

  test('makes no exception for requests without an origin, though it takes no argument', async () => {
    const { tickets, clock } = arrangeTickets()
    const shared = { tickets, clock, verifyToken: () => null, allowedOrigins: () => true }
    const request = { url: '/ws', protocols: [], authorization: null }
    expect(await createUpgradeAuthenticator(shared)({ ...request, origin: null })).toMatchObject({ reason: 'origin' })
    expect(await createUpgradeAuthenticator(shared)({ ...request, origin: 'null' })).toMatchObject({ reason: 'origin' })
    expect(await createUpgradeAuthenticator(shared)({ ...request, origin: 'https://a.example' })).toMatchObject({
      reason: 'unauthenticated',
    })
  })
})
