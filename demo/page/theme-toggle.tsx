import { useEffect, useState } from 'react'
import { MoonIcon, SunIcon } from './icons.tsx'

const prefersDark = () => matchMedia('(prefers-color-scheme: dark)').matches

/** What was chosen on this page, on whichever screen; null: nothing, so the system decides. */
function chosenBefore(): 'light' | 'dark' | null {
  const { theme } = document.documentElement.dataset
  return theme === 'light' || theme === 'dark' ? theme : null
}

/** Follows the system until it is pressed. */
export function ThemeToggle() {
  const [chosen, setChosen] = useState(chosenBefore)
  const [systemIsDark, setSystemIsDark] = useState(prefersDark)
  const isDark = chosen === null ? systemIsDark : chosen === 'dark'

  useEffect(() => {
    const query = matchMedia('(prefers-color-scheme: dark)')
    const follow = () => setSystemIsDark(query.matches)
    query.addEventListener('change', follow)
    return () => query.removeEventListener('change', follow)
  }, [])
  useEffect(() => {
    if (chosen) document.documentElement.dataset.theme = chosen
  }, [chosen])

  return (
    <button
      type="button"
      className="icon-button"
      aria-label={isDark ? 'Switch to the light theme' : 'Switch to the dark theme'}
      onClick={() => setChosen(isDark ? 'light' : 'dark')}
    >
      {isDark ? <SunIcon /> : <MoonIcon />}
    </button>
  )
}
