export type Route =
  | { kind: 'tickets' }
  | { kind: 'validation'; handle: string }
  | { kind: 'ticket'; handle: string }
  | { kind: 'all' }
  | { kind: 'status' }
  | { kind: 'openapi' }

/** Which endpoint a path names; `null` for none. A handle is whatever stands in its place: its form is judged later. */
export function routeOf(pathname: string, basePath: string): Route | null {
  if (!pathname.startsWith(`${basePath}/`)) return null
  const [, first, second, third, ...rest] = pathname.slice(basePath.length).split('/')
  if (rest.length > 0) return null
  if (first === 'openapi.json' && second === undefined) return { kind: 'openapi' }
  if (first === 'ticket' && second === undefined) return { kind: 'tickets' }
  if (first === 'ticket' && second && third === 'validate') return { kind: 'validation', handle: second }
  if (first === 'ticket' && second && third === undefined) return { kind: 'ticket', handle: second }
  if (first === 'tickets' && second === undefined) return { kind: 'all' }
  if (first === 'tickets' && second === 'status' && third === undefined) return { kind: 'status' }
  return null
}

export function methodsOf(route: Route): string[] {
  switch (route.kind) {
    case 'tickets':
      return ['POST']
    case 'validation':
    case 'status':
    case 'openapi':
      return ['GET']
    case 'ticket':
    case 'all':
      return ['DELETE']
    default:
      return route satisfies never
  }
}

/** Whether the endpoint needs no JWT and serves any page. */
export const isPublic = (route: Route): route is Extract<Route, { kind: 'status' | 'openapi' }> =>
  route.kind === 'status' || route.kind === 'openapi'
