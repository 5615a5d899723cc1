/** Keeps the newest items and drops the oldest. A tab that is open for a day must not fill its memory. */
export interface Ring<Item> {
  push(item: Item): void
  /** Oldest first. The same array until the next change, so read it, do not keep it. */
  items(): readonly Item[]
  newest(): Item | undefined
  clear(): void
}

export function createRing<Item>(capacity: number): Ring<Item> {
  const items: Item[] = []
  return {
    push(item) {
      items.push(item)
      if (items.length > capacity) items.shift()
    },
    items: () => items,
    newest: () => items.at(-1),
    clear: () => void items.splice(0),
  }
}
