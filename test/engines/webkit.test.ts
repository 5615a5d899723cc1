import { webkit } from '../setup/engines/webkit.ts'
import { behavesIn } from '../suites/engines/behaviours.ts'

behavesIn(webkit)
