// Elements without a framework. Texts are set as text, never as markup: a server's text cannot become an element.

type Attribute = string | number | boolean | null | undefined
export type Attributes = Readonly<Record<string, Attribute>>
type Child = Node | string | null

const SVG = 'http://www.w3.org/2000/svg'

/** True sets an attribute without a value; null, undefined and false take it away. */
export function setAttributes(element: Element, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    const text = value === true ? '' : value === false || value == null ? null : String(value)
    if (element.getAttribute(name) === text) continue
    if (text === null) element.removeAttribute(name)
    else element.setAttribute(name, text)
  }
}

export function setText(node: Element, text: string): void {
  if (node.textContent !== text) node.textContent = text
}

/** Whether a key was pressed in an element that handles keys itself. */
export const isInField = ({ target }: Event) => (target as Element).matches('input, select')

/** Builders of elements for one document. */
export function createDom(document: Document) {
  function h<Tag extends keyof HTMLElementTagNameMap>(tag: Tag, attributes: Attributes = {}, ...children: Child[]) {
    const element = document.createElement(tag)
    setAttributes(element, attributes)
    element.append(...children.filter((child) => child !== null))
    return element
  }

  function svg<Tag extends keyof SVGElementTagNameMap>(tag: Tag, attributes: Attributes = {}, ...children: Child[]) {
    const element = document.createElementNS(SVG, tag)
    setAttributes(element, attributes)
    element.append(...children.filter((child) => child !== null))
    return element
  }

  function button(words: string, onClick: () => void, attributes: Attributes = {}) {
    const element = h('button', { type: 'button', class: 'button', ...attributes }, words)
    element.addEventListener('click', onClick)
    return element
  }

  /** Decoration: the text beside it has the same meaning. */
  function icon(path: string) {
    return svg(
      'svg',
      { class: 'icon', viewBox: '0 0 24 24', 'aria-hidden': 'true', focusable: 'false' },
      svg('path', { d: path }),
    )
  }

  return { h, svg, button, icon }
}

export type Dom = ReturnType<typeof createDom>

/**
 * Keeps the children of `parent` like `items`: nodes of items that stay are kept, with their focus and their scroll
 * position. An item's node is made once, by its key.
 */
export function createKeyedList<Item, Node extends Element>(
  parent: Element,
  keyOf: (item: Item) => string | number,
  create: (item: Item) => Node,
  update: (node: Node, item: Item) => void = () => {},
) {
  const nodes = new Map<string | number, Node>()
  return (items: readonly Item[]) => {
    const wanted = new Set(items.map(keyOf))
    for (const [key, node] of nodes) {
      if (wanted.has(key)) continue
      node.remove()
      nodes.delete(key)
    }
    let at = parent.firstElementChild
    for (const item of items) {
      const key = keyOf(item)
      const node = nodes.get(key) ?? create(item)
      nodes.set(key, node)
      update(node, item)
      if (node === at) at = at.nextElementSibling
      else parent.insertBefore(node, at)
    }
  }
}
