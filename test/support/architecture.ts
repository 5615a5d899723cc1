// Reads the sources and says where they break the layers. The rules are data; the tests show each of them failing.

import { posix } from 'node:path'
import ts from 'typescript'
import { declaredNames } from './declared-names.ts'

export interface SourceFile {
  /** From the repository's root, with slashes: `src/auth/ticket-pool.ts`. */
  path: string
  text: string
}

/**
 * The layers, and what each may import of ours besides itself. The longest prefix of a path decides.
 *
 *   client:  react → socket → auth → contract, platform
 *   server:  mock → server ← redis, node
 */
const LAYERS: Readonly<Record<string, readonly string[]>> = {
  'src/contract/': [],
  'src/platform/': [],
  'src/auth/': ['src/contract/', 'src/platform/'],
  'src/socket/': ['src/auth/', 'src/contract/', 'src/platform/'],
  'src/react/': ['src/socket/', 'src/auth/', 'src/contract/', 'src/platform/'],
  // Nothing may import the inspector: an app carries it only where it mounts it.
  'src/inspector/': ['src/socket/', 'src/auth/', 'src/contract/', 'src/platform/'],
  'src/reconnecting-websocket/': ['src/socket/', 'src/auth/', 'src/contract/', 'src/platform/'],
  'src/server/': ['src/contract/', 'src/platform/'],
  'src/server/node/': ['src/server/', 'src/contract/', 'src/platform/'],
  'src/server/redis/': ['src/server/', 'src/contract/', 'src/platform/'],
  'src/mock/': ['src/server/', 'src/contract/', 'src/platform/'],
  // The entry points that are no folder of their own.
  'src/index.ts': ['src/socket/', 'src/auth/', 'src/contract/', 'src/platform/'],
  'src/schemas.ts': ['src/contract/'],
}

/** Foreign packages, and the only places that may import them. A package without a line here may be imported nowhere. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  zod: ['src/contract/schemas.ts', 'src/schemas.ts', 'src/server/'],
  zustand: ['src/platform/', 'src/auth/', 'src/socket/', 'src/react/'],
  react: ['src/react/'],
  'reconnecting-websocket': ['src/reconnecting-websocket/'],
  // The mock runs the server SDK with tokens of its own, in browsers and in CommonJS: it must not load jose.
  jose: ['jwt-verifier', 'jwt-keys', 'jose-refusal', 'remote-keys'].map((name) => `src/server/${name}.ts`),
  '@noble/hashes': ['src/server/'],
  tldts: ['src/server/shared-hosts.ts'],
  ws: ['src/server/node/'],
  'node:': ['src/server/node/', 'src/mock/conformance/cli/'],
}

/** The outside world. Everything that needs one of these takes it by injection. */
const OUTSIDE = new Set([
  'fetch',
  'WebSocket',
  'Date',
  'performance',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'requestAnimationFrame',
  'window',
  'navigator',
  'document',
  'crypto',
  'localStorage',
  'sessionStorage',
])
/** The second waits in real time where a test has faked the globals. */
const MAY_NAME_THE_OUTSIDE = ['src/platform/system-platform.ts', 'src/mock/real-time.ts']

const within = (path: string, places: readonly string[]) => places.some((place) => path.startsWith(place))

const layerOf = (path: string) =>
  Object.keys(LAYERS)
    .filter((layer) => path.startsWith(layer))
    .sort((a, b) => b.length - a.length)[0]

/** `react/jsx-runtime` → `react`; `@noble/hashes/sha2.js` → `@noble/hashes`; `node:http` → `node:`. */
function packageOf(specifier: string): string {
  if (specifier.startsWith('node:')) return 'node:'
  const parts = specifier.split('/')
  return parts.slice(0, specifier.startsWith('@') ? 2 : 1).join('/')
}

function importProblem(path: string, specifier: string): string | null {
  if (!specifier.startsWith('.')) {
    return within(path, PACKAGES[packageOf(specifier)] ?? []) ? null : `must not import '${specifier}'`
  }
  const target = posix.join(posix.dirname(path), specifier)
  const [from, to] = [layerOf(path), layerOf(target)]
  if (!to) return `imports '${specifier}', which belongs to no layer`
  if (!from) return 'belongs to no layer: give it one in test/support/architecture.ts'
  if (from === to || LAYERS[from]?.includes(to)) return null
  return `must not import ${target}: ${from} may import ${LAYERS[from]?.join(', ') || 'nothing of ours'}`
}

/** Whether the identifier is a value that is looked up by name: no member, no key, no declaration, no type. */
function isLookedUp(node: ts.Identifier): boolean {
  const { parent } = node
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node
  if (ts.isShorthandPropertyAssignment(parent)) return true
  if (ts.isBindingElement(parent)) return parent.initializer === node
  if (ts.isPropertyAssignment(parent)) return parent.initializer === node
  return !(
    ts.isTypeReferenceNode(parent) ||
    ts.isTypeQueryNode(parent) ||
    ts.isQualifiedName(parent) ||
    ts.isTypeElement(parent) ||
    ts.isClassElement(parent) ||
    ts.isObjectLiteralElement(parent) ||
    ts.isImportSpecifier(parent) ||
    ts.isExportSpecifier(parent) ||
    ts.isInterfaceDeclaration(parent) ||
    ts.isTypeAliasDeclaration(parent) ||
    ts.isLiteralTypeNode(parent) ||
    ts.isNamedTupleMember(parent)
  )
}

function outsideNamedIn(file: ts.SourceFile): { node: ts.Node; name: string }[] {
  const declared = declaredNames(file)
  const found: { node: ts.Node; name: string }[] = []
  const visit = (node: ts.Node) => {
    if (ts.isIdentifier(node) && OUTSIDE.has(node.text) && !declared.has(node.text) && isLookedUp(node)) {
      found.push({ node, name: node.text })
    }
    if (ts.isPropertyAccessExpression(node) && ts.isIdentifier(node.expression)) {
      const [object, member] = [node.expression.text, node.name.text]
      if (object === 'Math' && member === 'random') found.push({ node, name: 'Math.random' })
      if ((object === 'globalThis' || object === 'self') && OUTSIDE.has(member)) {
        found.push({ node, name: `${object}.${member}` })
      }
    }
    ts.forEachChild(node, visit)
  }
  visit(file)
  return found
}

/**
 * Files of the auth service that may look the *current* session up: the wiring, the pool's tending, and the methods that hand
 * it on. All other code uses the session that it was called with: after an `await` the current one may be another user's.
 */
const MAY_LOOK_UP_THE_SESSION = ['src/auth/auth-core.ts', 'src/auth/prefetching.ts', 'src/auth/unified-auth-service.ts']

const isSessionLookUp = (node: ts.Node): boolean =>
  (ts.isCallExpression(node) &&
    ((ts.isPropertyAccessExpression(node.expression) && node.expression.name.text === 'current') ||
      (ts.isIdentifier(node.expression) && node.expression.text === 'current'))) ||
  (ts.isPropertyAccessExpression(node) && ['#session', '#jwt'].includes(node.name.text))

const isPromiseCallback = ({ parent }: ts.Node): boolean =>
  ts.isCallExpression(parent) &&
  ts.isPropertyAccessExpression(parent.expression) &&
  ['then', 'catch', 'finally'].includes(parent.expression.name.text)

/** An `await` of this function, before the position or in a loop around it. */
function awaitsBefore(owner: ts.Node, position: number): boolean {
  let isFound = false
  const visit = (node: ts.Node, isRepeated: boolean) => {
    if (node !== owner && ts.isFunctionLike(node)) return
    const repeats = isRepeated || (ts.isIterationStatement(node, false) && node.pos <= position && position < node.end)
    const waits = ts.isAwaitExpression(node) || (ts.isForOfStatement(node) && node.awaitModifier !== undefined)
    if (waits && (node.end <= position || repeats)) isFound = true
    ts.forEachChild(node, (child) => visit(child, repeats))
  }
  visit(owner, false)
  return isFound
}

/** Whether the function that the node stands in, or one around that, has waited by then. */
function isAfterAwait(node: ts.Node): boolean {
  for (let owner: ts.Node | undefined = node.parent; owner; owner = owner.parent) {
    if (ts.isFunctionLike(owner) && (awaitsBefore(owner, node.getStart()) || isPromiseCallback(owner))) return true
  }
  return false
}

function sessionLookUpsIn(path: string, file: ts.SourceFile): { node: ts.Node; problem: string }[] {
  const found: { node: ts.Node; problem: string }[] = []
  const visit = (node: ts.Node) => {
    if (isSessionLookUp(node)) {
      if (!MAY_LOOK_UP_THE_SESSION.includes(path)) found.push({ node, problem: 'looks the current session up' })
      else if (isAfterAwait(node)) found.push({ node, problem: 'looks the current session up after an await' })
    }
    ts.forEachChild(node, visit)
  }
  visit(file)
  return found
}

/** Where a source breaks the layers, as `path:line what is wrong`. An empty list means: nowhere. */
export function architectureProblems(sources: readonly SourceFile[]): string[] {
  return sources.flatMap(({ path, text }) => {
    const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true)
    const lineAt = (position: number) => file.getLineAndCharacterOfPosition(position).line + 1
    const problems: string[] = []
    for (const { fileName, pos } of ts.preProcessFile(text, true, true).importedFiles) {
      const problem = importProblem(path, fileName)
      if (problem) problems.push(`${path}:${lineAt(pos)} ${problem}`)
    }
    if (!MAY_NAME_THE_OUTSIDE.includes(path)) {
      for (const { node, name } of outsideNamedIn(file)) {
        problems.push(`${path}:${lineAt(node.getStart())} names ${name}; only ${MAY_NAME_THE_OUTSIDE[0]} may`)
      }
    }
    if (path.startsWith('src/auth/')) {
      for (const { node, problem } of sessionLookUpsIn(path, file)) {
        problems.push(`${path}:${lineAt(node.getStart())} ${problem}: use the session of the call`)
      }
    }
    return problems
  })
}
