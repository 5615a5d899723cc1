// A rule is a function that throws when it is broken, so that any test runner can run it, and none is imported.

/** What an implementation must do, as a sentence and as a check of one freshly made subject. */
export interface Rule<Subject> {
  name: string
  /** Rejects when the subject breaks the rule, with an error that says what was expected. */
  check(subject: Subject): Promise<void>
}

/** `test` of vitest, Jest or `node:test`, or anything that takes a name and a function. */
export type RegisterTest = (name: string, run: () => Promise<void>) => unknown

/** Makes what a rule is checked on, anew for every rule. `close`, where there is one, is called afterwards. */
export type Arrange<Subject> = () => Subject | Promise<Subject>

interface Closable {
  close?(): unknown
}

async function checkRule<Subject extends Closable>(rule: Rule<Subject>, arrange: Arrange<Subject>): Promise<void> {
  const subject = await arrange()
  try {
    await rule.check(subject)
  } finally {
    await subject.close?.()
  }
}

/** Registers each rule as a test of its own. */
export function registerRules<Subject extends Closable>(
  test: RegisterTest,
  rules: readonly Rule<Subject>[],
  arrange: Arrange<Subject>,
): void {
  for (const rule of rules) test(rule.name, () => checkRule(rule, arrange))
}

export interface BrokenRule {
  name: string
  error: unknown
}

/** Checks each rule, one after the other, and tells which are broken. */
export async function findBroken<Subject extends Closable>(
  rules: readonly Rule<Subject>[],
  arrange: Arrange<Subject>,
): Promise<BrokenRule[]> {
  const broken: BrokenRule[] = []
  for (const rule of rules) {
    await checkRule(rule, arrange).catch((error: unknown) => broken.push({ name: rule.name, error }))
  }
  return broken
}
