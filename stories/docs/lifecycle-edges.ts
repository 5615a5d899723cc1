// The edges of the lifecycle as `docs/lifecycle.md` lists them, which is generated from the code.

export interface Edge {
  readonly from: string
  readonly to: string
  readonly by: readonly string[]
}

/** Rows of the page's table: `from`, `to`, `by`. */
export function edgesIn(markdown: string): readonly Edge[] {
  return [...markdown.matchAll(/^\| `(\w+)` \| `(\w+)` \| (.+) \|$/gm)].map(([, from = '', to = '', by = '']) => ({
    from,
    to,
    by: by.split(', '),
  }))
}

/** Edges from every phase to `closed` would cover the picture. */
export const isDrawn = ({ by }: Edge) => by.some((event) => event !== 'close' && event !== 'log-out')
