// `ticket-socket/mock`: the server SDK in memory, for tests and stories. Imports nothing of Node's and nothing of the
// client's.

export { createMockBackend, type MockBackend } from './backend.ts'
export type { MockFetch } from './bindings/fetch.ts'
export type { AttachMockSocketOptions, MockSocketServer, MockSocketServerClass } from './bindings/mock-socket.ts'
export type { MswHttp } from './bindings/msw.ts'
export type { PlaywrightPage } from './bindings/playwright.ts'
export type {
  ClosedEntry,
  FrameEntry,
  HttpEntry,
  Journal,
  JournalEntry,
  JournalKind,
  ScenarioEntry,
  UpgradeEntry,
} from './journal.ts'
export { createManualClock, type ManualClock } from './manual-clock.ts'
export type { MockBackendOptions, MockConnectionContext } from './options.ts'
export type { HttpCall, Interference, Scenario, ScenarioControls, UpgradeCall } from './scenario.ts'
export { scenarios } from './scenarios.ts'
export type { MessageHandler, TestSide } from './test-side.ts'
export type { MockUser } from './users.ts'
export type { WaitOptions } from './waits.ts'
