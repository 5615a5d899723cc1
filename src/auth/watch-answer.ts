/**
 * The answer of a token callback as it is, or as a promise that asks the app's own only once. `onToken` is called with each
 * token, also with one that nobody waits for any more.
 */
export function watchAnswer(answer: unknown, onToken: (token: string) => void): unknown {
  const settled = Promise.resolve(answer)
  settled.then(
    (value) => typeof value === 'string' && onToken(value),
    () => {},
  )
  return typeof answer === 'string' ? answer : settled
}
