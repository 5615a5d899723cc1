/**
 * The path that a request's URL names, or `null` where the URL is none, or holds user information: nothing here takes a
 * credential from there, and a request with one is answered with 400 before it reaches a log.
 */
export function pathnameOf(requestUrl: string): string | null {
  if (!URL.canParse(requestUrl)) return null
  const { pathname, username, password } = new URL(requestUrl)
  return username === '' && password === '' ? pathname : null
}
