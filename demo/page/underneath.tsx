import { useEffect, useRef } from 'react'
import type { DemoClient } from './client.ts'

/** What is otherwise invisible: the inspector, in a place of its own. */
export function Underneath({ inspect }: { inspect: DemoClient['inspect'] }) {
  const place = useRef<HTMLDivElement>(null)
  useEffect(() => (place.current ? inspect(place.current) : undefined), [inspect])
  return <div className="underneath" ref={place} />
}
