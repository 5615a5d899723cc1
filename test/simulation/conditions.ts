/** How things are: well, but for what is imposed on them at the moment. What was imposed last counts. */
export interface Conditions<Values extends object> {
  readonly now: Readonly<Values>
  /** Returns the function that takes it back. */
  impose(change: Partial<Values>): () => void
}

export function createConditions<Values extends object>(well: Values): Conditions<Values> {
  const imposed = new Set<Partial<Values>>()
  const now = { ...well }
  const merge = () => void Object.assign(now, well, ...imposed)
  return {
    now,
    impose(change) {
      const entry = { ...change }
      imposed.add(entry)
      merge()
      return () => {
        imposed.delete(entry)
        merge()
      }
    },
  }
}
