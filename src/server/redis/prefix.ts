import { show } from '../options.ts'

export function checkPrefix(name: string, value: unknown): string {
  if (typeof value === 'string' && value !== '') return value
  throw new TypeError(`${name} must be a text that is not empty, got ${show(value)}`)
}
