import { useEffect, useRef } from 'react'
import type { DemoClient } from './client.ts'

/** The inspector, in its own element. */
export function Underneath({ inspect }: { inspect: DemoClient['inspect'] }) {
  const place = useRef<HTMLDivElement>(null)
  useEffect(() => (place.current ? inspect(place.current) : undefined), [inspect])
  return <div className="underneath" ref={place} />
}
