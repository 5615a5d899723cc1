// Bugs about where a connection goes, and about credentials in its URL.

import type { Mutation } from './mutations.ts'

const tests = ['test/unit/socket', 'test/unit/reconnecting-websocket']
const react = ['test/react/url-function.test.tsx']

export const URL_MUTATIONS: readonly Mutation[] = [
  {
    name: 'a url that ends in a bare # hides the ticket behind it',
    file: 'src/platform/option-checks.ts',
    search: "url.href.includes('#')",
    replace: 'url.hash',
    tests: ['test/unit/platform/option-checks.test.ts', 'test/unit/socket/app-url.test.ts'],
  },
  {
    name: 'a url function of ticketWebSocket that returns nothing connects to /undefined of the page',
    file: 'src/socket/web-socket-arguments.ts',
    search: "typeof url === 'function' ? parseAppUrl(given, allowInsecure) : parse",
    replace: 'parse',
    tests: ['test/unit/socket/ticket-web-socket-url.test.ts'],
  },
  {
    name: 'a url function ends the request for a ticket that is under way',
    file: 'src/socket/destination.ts',
    search: 'const endLease = keepPrefetched(auth)',
    replace: 'const endLease = () => {}',
    tests,
  },
  {
    name: 'a url function that throws is not told from a network that fails',
    file: 'src/socket/destination.ts',
    search: "new TicketSocketError('url_callback_failed'",
    replace: "new TicketSocketError('network'",
    tests,
  },
  {
    name: 'a warning about a credential in the URL reaches nobody without a logger',
    file: 'src/platform/warn-once.ts',
    search: 'if (logger === silentLogger) warnInDevelopment(line)',
    replace: 'if (logger === silentLogger) return',
    tests: ['test/unit/platform/warn-once.test.ts'],
  },
  {
    name: 'a relative url follows the page',
    file: 'src/socket/destination.ts',
    search: '    parsed = first\n',
    replace: '',
    tests,
  },
  {
    name: 'a URL with a credential is dialled beside a ticket',
    file: 'src/socket/destination.ts',
    search: "if (ticketAuth) throw new TicketSocketError('credential_in_url', problem)",
    replace: '',
    tests,
  },
  {
    name: 'a fixed URL with a credential makes a socket',
    file: 'src/socket/destination.ts',
    search: 'if (problem !== null) throw new TypeError(problem)',
    replace: '',
    tests,
  },
  {
    name: 'a ticket that was taken for a URL with a credential is lost',
    file: 'src/socket/destination.ts',
    search: "      credential.report({ kind: 'unused' })\n",
    replace: '',
    tests,
  },
  {
    name: 'a URL with a credential costs a request for a ticket',
    file: 'src/socket/destination.ts',
    search: '    if (auth.ticketAuth === true) look(dialled, true)\n',
    replace: '',
    tests,
  },
  {
    name: 'a URL with a credential is warned about at each attempt',
    file: 'src/platform/warn-once.ts',
    search: 'hasWarned = true',
    replace: 'hasWarned ||= false',
    tests,
  },
  {
    name: 'a chain without tickets refuses a URL that it dialled before',
    file: 'src/auth/unified-auth-service.ts',
    search: "ticketAuth && chain.includes('ticket')",
    replace: 'ticketAuth',
    tests,
  },
  {
    name: 'an empty ticket in the URL passes',
    file: 'src/socket/credential-in-url.ts',
    search: 'for (const [name] of parameters) if (isOneOf',
    replace: 'for (const [name, value] of parameters) if (value && isOneOf',
    tests,
  },
  {
    name: 'a ticket in the URL can be allowed',
    file: 'src/socket/credential-in-url.ts',
    search: 'if (isOneOf(TICKET_PARAMETERS, name)) return aboutTicket(name)',
    replace: 'if (allowed !== true && isOneOf(TICKET_PARAMETERS, name)) return aboutTicket(name)',
    tests,
  },
  {
    name: 'a token of 16 characters passes',
    file: 'src/socket/credential-in-url.ts',
    search: 'value.length >= MIN_TOKEN_LENGTH',
    replace: 'value.length > MIN_TOKEN_LENGTH',
    tests,
  },
  {
    name: 'a token passes under a name in capitals',
    file: 'src/socket/credential-in-url.ts',
    search: 'names.includes(name.toLowerCase())',
    replace: 'names.includes(name)',
    tests,
  },
  {
    name: 'a JWT in the path passes',
    file: 'src/socket/credential-in-url.ts',
    search: "holdsJwt(decoded(pathname)) ? aboutPlace('path') : null",
    replace: 'null',
    tests,
  },
  {
    name: 'a JWT without a name is shown as one',
    file: 'src/socket/credential-in-url.ts',
    search: "  if (redact(name) !== name) return aboutPlace('query')\n",
    replace: '',
    tests,
  },
  {
    name: 'a url function that is written in a component reconnects at each render',
    file: 'src/react/use-ticket-socket.ts',
    search: 'return first ?? url',
    replace: 'return url',
    tests: react,
  },
  {
    name: 'the first url function of a component is called for ever',
    file: 'src/react/shared-socket.ts',
    search: "if (shared && typeof url === 'function') shared.url = url",
    replace: '',
    tests: react,
  },
]
