// Compiles code blocks of documents as a reader would have them: each a module of its own, on the published names,
// which the `paths` of tsconfig.json lead to the sources. One TypeScript program for all of them.

import { resolve } from 'node:path'
import ts from 'typescript'
import type { CodeBlock } from './code-blocks.ts'

function compilerOptions(root: string): ts.CompilerOptions {
  const { config } = ts.readConfigFile(resolve(root, 'tsconfig.json'), ts.sys.readFile)
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files: ['-'] }, ts.sys, root)
  return {
    ...options,
    allowJs: true,
    checkJs: true,
    moduleDetection: ts.ModuleDetectionKind.Force,
    // An example may name something only to show it.
    noUnusedLocals: false,
    noUnusedParameters: false,
    // The sources have a check of their own; here they only lend their types.
    noEmit: true,
  }
}

/** What the compiler has to say about the blocks, as `path:line message`; the line is the document's. */
export function compileBlocks(blocks: readonly CodeBlock[], root: string): string[] {
  const options = compilerOptions(root)
  const virtual = new Map(
    blocks.map((block, index) => [resolve(root, `.code-blocks/${index}/example.${block.language}`), block]),
  )
  const host = ts.createCompilerHost(options, true)
  const { fileExists, readFile, getSourceFile } = host
  host.fileExists = (path) => virtual.has(resolve(path)) || fileExists(path)
  host.readFile = (path) => virtual.get(resolve(path))?.code ?? readFile(path)
  host.getSourceFile = (path, languageVersion, ...rest) => {
    const block = virtual.get(resolve(path))
    return block
      ? ts.createSourceFile(path, block.code, languageVersion, true)
      : getSourceFile(path, languageVersion, ...rest)
  }
  const program = ts.createProgram([...virtual.keys()], options, host)
  return [...virtual].flatMap(([path, block]) => {
    const file = program.getSourceFile(path)
    if (!file) return [`${block.path}:${block.line} was not compiled`]
    return [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)].map((diagnostic) => {
      const line = file.getLineAndCharacterOfPosition(diagnostic.start ?? 0).line
      return `${block.path}:${block.line + line} ${ts.flattenDiagnosticMessageText(diagnostic.messageText, ' ')}`
    })
  })
}
