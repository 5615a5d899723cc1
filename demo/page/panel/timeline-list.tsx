import { useStore } from 'zustand'
import { ago } from '../format.ts'
import type { Timeline } from '../timeline.ts'
import { useNow } from '../use-now.ts'

/** What happened, newest first. */
export function TimelineList({ timeline }: { timeline: Timeline }) {
  const entries = useStore(timeline.store, (state) => state.entries)
  const now = useNow(entries.length > 0 ? 1_000 : null)
  return (
    <section className="card timeline" aria-labelledby="timeline-title">
      <h2 id="timeline-title">Time line</h2>
      {entries.length === 0 && <p className="timeline__empty">Nothing has happened yet.</p>}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and has to scroll by keyboard as well */}
      <ol className="timeline__list" tabIndex={0} aria-labelledby="timeline-title">
        {entries.map(({ id, at, tone, title, detail }) => (
          <li key={id} className={`event event--${tone}`}>
            <span className="event__title">{title}</span>
            <time className="event__ago" dateTime={new Date(at).toISOString()}>
              {ago(Math.max(0, now - at))}
            </time>
            {detail && <span className="event__detail">{detail}</span>}
          </li>
        ))}
      </ol>
    </section>
  )
}
