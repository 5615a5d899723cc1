import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { describe, expect, inject, test } from 'vitest'

const shared: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  lib: ['lib.es2023.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'],
  strict: true,
  exactOptionalPropertyTypes: true,
  noEmit: true,
  // Our declarations must hold by themselves.
  skipLibCheck: false,
  types: [],
}

const { ModuleKind, ModuleResolutionKind } = ts
const MODES: Record<string, { file: string; options: ts.CompilerOptions }> = {
  'a bundler': {
    file: 'consumer.ts',
    options: { module: ModuleKind.ESNext, moduleResolution: ModuleResolutionKind.Bundler },
  },
  'Node, from an ES module': {
    file: 'consumer.mts',
    options: { module: ModuleKind.Node16, moduleResolution: ModuleResolutionKind.Node16 },
  },
  'Node, from CommonJS': {
    file: 'consumer.cts',
    options: { module: ModuleKind.Node16, moduleResolution: ModuleResolutionKind.Node16 },
  },
}

describe('the declarations compile in a project that resolves like', () => {
  test.each(Object.entries(MODES))('%s', (_mode, { file, options }) => {
    const path = join(inject('fullProject'), file)
    copyFileSync('test/package/consumer.ts', path)
    const program = ts.createProgram([path], { ...shared, ...options })
    const ours = program.getSourceFiles().filter(({ fileName }) => fileName.includes('/node_modules/ticket-socket/'))
    // The declarations of this package were found, and those for this kind of module.
    expect(ours.length).toBeGreaterThanOrEqual(7)
    const entry = ours.map(({ fileName }) => fileName).find((name) => /\/dist\/index\.d\.c?ts$/.test(name))
    expect(entry).toMatch(file.endsWith('.cts') ? /\.d\.cts$/ : /\.d\.ts$/)
    const problems = ts.getPreEmitDiagnostics(program).map(({ file: at, start, messageText }) => {
      const line = at && start !== undefined ? at.getLineAndCharacterOfPosition(start).line + 1 : 0
      return `${at?.fileName.split('/node_modules/').at(-1)}:${line} ${ts.flattenDiagnosticMessageText(messageText, ' ')}`
    })
    expect(problems).toEqual([])
  })
})
