import { firefox } from '../setup/engines/firefox.ts'
import { behavesIn } from '../suites/engines/behaviours.ts'

behavesIn(firefox)
