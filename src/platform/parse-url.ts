/** The URL that the text means, or null. Browsers before 2024 have no `URL.parse`, those before 2023 no `URL.canParse`. */
export function parseUrl(text: string, base?: string): URL | null {
  try {
    return new URL(text, base)
  } catch {
    return null
  }
}
