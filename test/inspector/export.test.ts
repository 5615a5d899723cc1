import { afterEach, expect, test, vi } from 'vitest'
import { openInspector } from './open-inspector.ts'

afterEach(() => {
  vi.restoreAllMocks()
  Reflect.deleteProperty(navigator, 'clipboard')
})

const stubClipboard = (writeText: (text: string) => Promise<void>) =>
  Object.defineProperty(navigator, 'clipboard', { value: { writeText }, configurable: true })

test('the journal is copied as JSON, and a status message confirms it', async () => {
  let copied = ''
  stubClipboard(async (text) => {
    copied = text
  })
  const { connect, panel, hear, clock } = openInspector()
  await connect()
  await hear({ type: 'note', text: 'hello' })
  panel.getByRole('button', { name: 'Copy the journal as JSON' }).click()
  await clock.settle()
  expect(JSON.parse(copied)).toMatchObject({
    format: 'ticket-socket-journal',
    version: 1,
    connection: { status: 'open', method: 'ticket', error: null },
    auth: { ticketFailures: 0, reverted: false },
    metrics: { connection: { opened: 1 }, auth: { issued: 2 } },
    messages: [{ direction: 'in', type: 'note' }],
    tickets: [{ fate: 'spare' }, { fate: 'opened' }],
  })
  expect(panel.getByText('The journal was copied.')).toBeTruthy()
})

test('when the page may not copy, a status message says what to do instead', async () => {
  stubClipboard(() => Promise.reject(new DOMException('no', 'NotAllowedError')))
  const { panel, clock } = openInspector()
  panel.getByRole('button', { name: 'Copy the journal as JSON' }).click()
  await clock.settle()
  expect(panel.getByText('The browser does not let this page copy. Download it instead.')).toBeTruthy()
})

test('the journal is downloaded as a file, and its object URL is revoked', async () => {
  const files: Blob[] = []
  const revoked: string[] = []
  Object.assign(URL, {
    createObjectURL: (file: Blob) => `blob:${files.push(file)}`,
    revokeObjectURL: (url: string) => void revoked.push(url),
  })
  const names: string[] = []
  vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(function (this: HTMLAnchorElement) {
    names.push(this.download)
  })
  const { panel } = openInspector()
  panel.getByRole('button', { name: 'Download the journal as JSON' }).click()
  expect(files[0]?.type).toBe('application/json')
  expect(names).toEqual([expect.stringMatching(/^ticket-socket-journal-\d+\.json$/)])
  expect(revoked).toEqual(['blob:1'])
})
