// The socket class of an app, as docs/recipes/existing-socket-service.md has it: it dials by itself.

import { base64url } from '../../../src/auth/jwt.ts'
import { arrivalSuite } from './arrival.ts'
import type { SignedInPage } from './page.ts'

class ChatSocket {
  #socket: WebSocket | null = null
  #isClosed = false
  readonly #page: SignedInPage
  readonly #url: string

  constructor(page: SignedInPage, url: string) {
    this.#page = page
    this.#url = url
  }

  async connect(): Promise<void> {
    const { auth } = this.#page
    await auth.initialize()
    const { useTicketAuth, getTicket } = auth.getWebSocketAuthConfig()
    const result = useTicketAuth ? await getTicket() : null
    if (this.#isClosed) return
    const socket = result?.success ? this.#dialWithTicket(result.ticket.ticket) : this.#dialAsBefore()
    socket.onmessage = () => this.#page.reports.push({ kind: 'accepted' })
    socket.onclose = () => void setTimeout(() => this.#isClosed || this.connect(), 5)
    this.#socket = socket
  }

  #dialWithTicket(ticket: string): WebSocket {
    const separator = this.#url.includes('?') ? '&' : '?'
    return new WebSocket(`${this.#url}${separator}ticket=${ticket}`)
  }

  #dialAsBefore(): WebSocket {
    return new WebSocket(this.#url, ['jwt-auth', `jwt.${base64url(this.#page.session.jwt ?? '')}`])
  }

  close(): void {
    this.#isClosed = true
    this.#socket?.close()
  }
}

arrivalSuite({
  name: 'a socket service that exists already',
  start(page, url) {
    const socket = new ChatSocket(page, url)
    void socket.connect()
    return { stop: () => socket.close() }
  },
})
