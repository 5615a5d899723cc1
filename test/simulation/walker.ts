// A thread that walks a part of many schedules.

import { parentPort, workerData } from 'node:worker_threads'
import { walk } from './walk.ts'

const { from, count } = workerData as { from: number; count: number }
parentPort?.postMessage(await walk(from, count))
