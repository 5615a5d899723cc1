import { chromium } from '../setup/engines/chromium.ts'
import { behavesIn } from '../suites/engines/behaviours.ts'

behavesIn(chromium)
