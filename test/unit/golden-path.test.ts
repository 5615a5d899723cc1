import { createMemoryTicketStore } from '../../src/server/index.ts'
import { goldenPath } from '../suites/golden-path.ts'

goldenPath('the memory store', () => createMemoryTicketStore())
