// Reads a source and says which names of the environment are looked up while the module is loaded. The language's own names
// are everywhere; all others are missing somewhere: AbortController on Cloudflare Workers, TextEncoder in Jest's jsdom.

import vm from 'node:vm'
import ts from 'typescript'
import { declaredNames } from './declared-names.ts'

/** What the language itself defines: all that a new realm has without a host. */
const LANGUAGE: ReadonlySet<string> = new Set(
  vm
    .runInNewContext('Object.getOwnPropertyNames(globalThis)')
    .filter((name: string) => !['globalThis', 'console', 'WebAssembly'].includes(name)),
)

/** `Date.now()` and `Math.random()` at load are refused on Cloudflare Workers, or answer nonsense. */
const REFUSED_CALLS = new Set(['Date.now', 'Math.random'])

export interface LookUp {
  line: number
  name: string
}

const isFunctionWithBody = (node: ts.Node) =>
  ts.isFunctionDeclaration(node) ||
  ts.isFunctionExpression(node) ||
  ts.isArrowFunction(node) ||
  ts.isMethodDeclaration(node) ||
  ts.isConstructorDeclaration(node) ||
  ts.isAccessor(node)

const isStatic = (node: ts.PropertyDeclaration) =>
  node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.StaticKeyword) === true

/** The parts of a node that run when the node is evaluated: no body of a function, no initial value of an instance. */
function partsThatRun(node: ts.Node): readonly ts.Node[] {
  if (ts.isTypeNode(node) && !ts.isExpressionWithTypeArguments(node)) return []
  if (ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node) || ts.isImportDeclaration(node)) return []
  if (ts.isExportDeclaration(node) || ts.isTypeParameterDeclaration(node)) return []
  if (ts.isHeritageClause(node) && node.token === ts.SyntaxKind.ImplementsKeyword) return []
  if (isFunctionWithBody(node)) {
    const name = (node as ts.NamedDeclaration).name
    return name && ts.isComputedPropertyName(name) ? [name] : []
  }
  if (ts.isPropertyDeclaration(node)) {
    return [
      ...(ts.isComputedPropertyName(node.name) ? [node.name] : []),
      ...(isStatic(node) && node.initializer ? [node.initializer] : []),
    ]
  }
  if (ts.isCallExpression(node)) {
    // A function that is called where it stands.
    let callee: ts.Expression = node.expression
    while (ts.isParenthesizedExpression(callee)) callee = callee.expression
    if (ts.isArrowFunction(callee) || ts.isFunctionExpression(callee)) return [callee.body, ...node.arguments]
  }
  if (ts.isPropertyAccessExpression(node)) return [node.expression]
  if (ts.isPropertyAssignment(node)) {
    return [...(ts.isComputedPropertyName(node.name) ? [node.name] : []), node.initializer]
  }
  if (ts.isVariableDeclaration(node) || ts.isBindingElement(node)) {
    return [...(ts.isIdentifier(node.name) ? [] : [node.name]), ...(node.initializer ? [node.initializer] : [])]
  }
  const parts: ts.Node[] = []
  ts.forEachChild(node, (child) => void parts.push(child))
  return parts
}

/** Every name of the environment that is looked up when the module is loaded. */
export function loadTimeGlobals(path: string, text: string): LookUp[] {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true)
  const declared = declaredNames(file)
  const found: LookUp[] = []
  const report = (node: ts.Node, name: string) =>
    found.push({ line: file.getLineAndCharacterOfPosition(node.getStart()).line + 1, name })
  const visit = (node: ts.Node) => {
    if (ts.isIdentifier(node) && !declared.has(node.text) && !LANGUAGE.has(node.text)) report(node, node.text)
    if (ts.isPropertyAccessExpression(node) && REFUSED_CALLS.has(node.getText())) report(node, node.getText())
    for (const part of partsThatRun(node)) visit(part)
  }
  visit(file)
  return found
}
