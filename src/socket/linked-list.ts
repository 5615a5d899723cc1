// A linked list whose items carry their own place: any item may leave, and every operation takes the same time, however many
// items there are.

export interface Linked<Item> {
  previous: Item | null
  next: Item | null
}

export class LinkedList<Item extends Linked<Item>> {
  first: Item | null = null
  last: Item | null = null

  push(item: Item): void {
    item.previous = this.last
    if (this.last) this.last.next = item
    else this.first = item
    this.last = item
  }

  /** The item must be in here. */
  remove(item: Item): void {
    const { previous, next } = item
    if (previous) previous.next = next
    else this.first = next
    if (next) next.previous = previous
    else this.last = previous
    // An item that is still referred to must not keep the others in memory.
    item.previous = item.next = null
  }
}
