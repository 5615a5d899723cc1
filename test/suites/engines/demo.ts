import { expect, onTestFinished, test } from 'vitest'
import { startDemo } from '../../../demo/start-demo.ts'
import { urlsWithJwt, watchTraffic } from '../../e2e/traffic.ts'
import type { Engine } from '../../setup/engines/engine.ts'
import type { Shared } from './arrange.ts'

/** `test/e2e/golden-path.test.ts` shows this and more in Chromium. */
export function demo(engine: Engine, shared: Shared): void {
  if (engine.name === 'Chromium') return
  test('in the demo, an answer streams in over a socket that was opened with a ticket', async () => {
    const demo = await startDemo({ port: 0, quiet: true, watch: false, pace: 0.4 })
    onTestFinished(() => demo.close())
    const traffic = watchTraffic(demo.http)
    const page = await shared.browser.newPage()
    onTestFinished(() => page.close())
    await page.goto(demo.url)
    const { answer, steps } = await page.run(ask, 'What is a ticket?')
    expect(answer).toMatch(/256 random bits.*it has been used\.\s*over a socket opened with a ticket/s)
    expect(steps).toBeGreaterThan(10)
    expect(traffic.tickets).toHaveLength(1)
    expect(urlsWithJwt(traffic)).toEqual([])
  })
}

/** Signs in as Alice, asks, and waits for the whole answer. `steps`: how often it was seen to grow. */
async function ask(question: string) {
  const until = <Found>(find: () => Found | null | undefined | false) =>
    new Promise<Found>((resolve) => {
      const observer = new MutationObserver(look)
      function look() {
        const found = find()
        if (!found) return
        observer.disconnect()
        resolve(found)
      }
      observer.observe(document, { childList: true, subtree: true, characterData: true })
      look()
    })
  const click = async (name: string) => {
    const isNamed = (button: Element) =>
      button.getAttribute('aria-label') === name || button.textContent?.includes(name)
    const button = await until(() => [...document.querySelectorAll('button')].find(isNamed))
    button.click()
  }

  await click('Alice')
  const field = await until(() => document.querySelector<HTMLInputElement>('#question'))
  // React looks for a change by the property of the prototype; its own stands in front of that.
  Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value')?.set?.call(field, question)
  field.dispatchEvent(new Event('input', { bubbles: true }))
  await click('Ask')
  const lengths = new Set<number>()
  const answer = await until(() => {
    const text = document.querySelector('article')?.textContent ?? ''
    lengths.add(text.length)
    return text.includes('over a socket opened with') && text
  })
  return { answer, steps: lengths.size }
}
