// `ticket-socket/inspector`: a panel for development. Needs no framework, and nothing else of the package imports it.

export type { InspectorJournal } from './journal.ts'
export { type Inspector, mountInspector } from './mount-inspector.ts'
export type { InspectedBackend, InspectedScenario, InspectorOptions, InspectorTheme } from './options.ts'
export type { Happening, Tone } from './record/describe-events.ts'
export type { PhaseSpan, PhaseTime } from './record/phases.ts'
export type { RecordedMessage, RttSample, TimelineEntry } from './record/recorder.ts'
export type { TicketFate, TicketRow } from './record/ticket-rows.ts'
