// Names of fields, parameters and headers whose values are secrets.

/** What may be shown below a name. Digits may be a password (`pin`), and are harmless below other names (`tokens: 512`). */
export type Shown = 'everything' | 'no texts' | 'nothing'

/** Found in any part of a name. */
const PARTS =
  'ticket|token|jwt|secret|passw|passphrase|passcode|authori[sz]ation|cookie|credential|csrf|xsrf|(?:api|access|private|signing|encryption|auth)[-_. ]?key|session[-_. ]?id'
/** Matched as whole words, because other words contain them: `pin` is a secret, `pinned` is not. */
const WORDS = 'pwd|otp|totp|pin|sid'

const SECRET_PART = new RegExp(PARTS, 'i')
const SECRET_WORD = new RegExp(`^(?:${WORDS})$`, 'i')
const DIGITS = /^(?:passw.*|passcode|pwd|otp|totp|pin)$/i

/** `userPin`, `user_pin`, `user-pin` → user, pin. */
const wordsOf = (name: string) => name.replace(/([a-z\d])([A-Z])/g, '$1 $2').split(/[^A-Za-z\d]+/)

export function shownBelow(name: string): Shown {
  const words = wordsOf(name)
  if (words.some((word) => DIGITS.test(word))) return 'nothing'
  return SECRET_PART.test(name) || words.some((word) => SECRET_WORD.test(word)) ? 'no texts' : 'everything'
}

const HIDDEN = '[redacted]'
const isSecret = (name: string) => shownBelow(name) !== 'everything'

/** `"password":`, also where it is escaped within another text. */
const QUOTED_NAME = /(\\*["'])([^"'\\\r\n]{1,60})\1\s*:\s*/g
// Safari before 16.4 refuses a file with a lookbehind in it.
/** The value after the name: a string, an array or object without nested ones, a number. It may be cut off at its end. */
const VALUE = /(\\*["'])(?:\1|[\s\S]*?(?:[^\\]\1|$))|[[{][^\]}]*(?:[\]}]|$)|(-?\d[\w.+-]*)/y
/** `password=…`, as in a query, a form or a connection string. */
const ASSIGNED = /([\w.-]{1,60})(\s?=\s?)(?!\[redacted|=)(?:"[^"]*"?|'[^']*'?|[^\s&;,"'<>)\]}]+)/g
/** `Authorization: Basic …`, up to the end of the line. */
const HEADER = /\b((?:proxy-)?authorization|(?:set-)?cookie|password|passphrase)(\s?:\s*)(?![\s"'])[^\r\n]+/gi
/** `https://alice:secret@host`. */
const USER_INFO = /(\/\/)[^\s/?#"'<>@:]*:[^\s/?#"'<>]*@/g

/** Hides the values below names of secrets in a text. A value without a name cannot be recognised. */
export const maskNamed = (text: string): string =>
  maskQuoted(text)
    .replace(HEADER, `$1$2${HIDDEN}`)
    .replace(ASSIGNED, (all, name: string, sign: string) => (isSecret(name) ? `${name}${sign}${HIDDEN}` : all))
    .replace(USER_INFO, `$1${HIDDEN}@`)

function maskQuoted(text: string): string {
  let masked = ''
  let done = 0
  for (const { 0: match, 1: quote = '', 2: name = '', index } of text.matchAll(QUOTED_NAME)) {
    const shown = shownBelow(name)
    VALUE.lastIndex = index + match.length
    const [value, , digits] = index < done || shown === 'everything' ? [] : (VALUE.exec(text) ?? [])
    if (value === undefined || (digits !== undefined && shown === 'no texts')) continue
    const begin = index + match.length
    masked += `${text.slice(done, begin)}${quote}${HIDDEN}${quote}`
    done = begin + value.length
  }
  return masked + text.slice(done)
}
