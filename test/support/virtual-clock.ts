// The clock of our own tests is the one that the mock offers to everybody's.

export {
  createManualClock as createVirtualClock,
  type ManualClock as VirtualClock,
} from '../../src/mock/manual-clock.ts'
