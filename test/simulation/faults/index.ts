import { APP_FAULTS } from './app.ts'
import { NETWORK_FAULTS } from './network.ts'
import { SERVER_FAULTS } from './server.ts'
import { TAB_FAULTS } from './tab.ts'

/** Everything that may go wrong, by name. */
export const FAULTS = { ...NETWORK_FAULTS, ...SERVER_FAULTS, ...TAB_FAULTS, ...APP_FAULTS }

export type FaultName = keyof typeof FAULTS
