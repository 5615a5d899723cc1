// The HTTP part: a request is sent, takes its time, and is answered by the server SDK or by a scenario.

import type { JournalWriter } from './journal.ts'
import { pathOf } from './journal-entries.ts'
import type { ResolvedOptions } from './options.ts'
import { problemResponse } from './problem-response.ts'
import { readElsewhere, workElsewhere } from './real-time.ts'
import type { HttpCall, RunningScenarios } from './scenario.ts'
import type { MockServer } from './server.ts'

export interface HttpExchangeDeps {
  options: ResolvedOptions
  journal: JournalWriter
  scenarios: RunningScenarios
  presentServer(): MockServer
}

export interface HttpExchange {
  /** Rejects with the signal's reason when it is aborted, also when the answer is under way already. */
  exchange(request: Request, signal?: AbortSignal | null): Promise<Response>
  /** Fails every pending exchange, as a lost network does. */
  failAll(): void
}

/** All callers count as one, where `limits` has a limit per address. */
const CALLER = { address: '127.0.0.1' }

const networkError = () => new TypeError('Failed to fetch')

export function createHttpExchange({ options, journal, scenarios, presentServer }: HttpExchangeDeps): HttpExchange {
  const { clock, latencyMs, httpOrigin } = options
  const underWay = new Set<(reason: unknown) => void>()

  function exchange(request: Request, signal?: AbortSignal | null): Promise<Response> {
    return new Promise((resolve, reject) => {
      let stopTimer = () => {}
      const wait = (ms: number) => new Promise<void>((resolve) => (stopTimer = clock.setTimer(resolve, ms)))
      const onAbort = () => fail(signal?.reason)
      const end = () => {
        underWay.delete(fail)
        signal?.removeEventListener('abort', onAbort)
      }
      // Stopping the timer leaves the steps below waiting for ever, so nothing follows an abort.
      const fail = (reason: unknown) => {
        stopTimer()
        end()
        reject(reason)
      }
      const steps = async () => {
        await wait(latencyMs)
        const response = await answer(request, wait)
        if (!underWay.has(fail)) return
        await wait(latencyMs)
        end()
        resolve(readElsewhere(response))
      }
      if (signal?.aborted) return reject(signal.reason)
      underWay.add(fail)
      signal?.addEventListener('abort', onAbort)
      steps().catch(fail)
    })
  }

  async function answer(request: Request, wait: HttpCall['wait']): Promise<Response> {
    const server = presentServer()
    const url = new URL(request.url)
    const [, jwt] = /^bearer +(\S+)$/i.exec(request.headers.get('authorization') ?? '') ?? []
    const write = (status: number | null) => {
      const userId = jwt === undefined ? undefined : server.users.whose(jwt)
      const path = pathOf(server, url)
      journal.write({ kind: 'http', method: request.method, path, status, ...(userId !== undefined && { userId }) })
    }
    const hang = () => {
      write(null)
      return new Promise<never>(() => {})
    }
    const lose = () => {
      write(null)
      return Promise.reject(networkError())
    }
    const isOurs = url.origin === httpOrigin && server.handle.matches(url.pathname)
    const response = isOurs
      ? await scenarios.http({ request, wait, hang, fail: lose }, () => workElsewhere(server.handle(request, CALLER)))
      : problemResponse(
          404,
          'Not Found',
          `The mock backend answers ${httpOrigin}${options.basePath}/…, and nothing else.`,
        )
    if (server === presentServer()) write(response.status)
    return response
  }

  return {
    exchange,
    failAll() {
      for (const fail of [...underWay]) fail(networkError())
    },
  }
}
