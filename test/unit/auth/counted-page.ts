import { arrange } from '../../support/arrange.ts'

/** A page that counts how often one of its callbacks was called. The callback gives the JWT of the page's session. */
export function countedPage(callback: 'getToken' | 'refreshToken', options: Parameters<typeof arrange>[0] = {}) {
  let calls = 0
  const page: ReturnType<typeof arrange> = arrange({
    ...options,
    auth: {
      ...options.auth,
      [callback]() {
        calls++
        return page.session.jwt
      },
    },
  })
  return { page, calls: () => calls }
}
