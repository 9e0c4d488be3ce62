/** The other thread of wakeup.test.ts: wakes through the handle it was given. */
import { parentPort, workerData } from 'node:worker_threads';
import type { WakeHandle } from '../../../src/kernel/kernel.ts';
import { wake } from '../../../src/kernel/native-wakeup.ts';

wake(workerData as WakeHandle);
wake(workerData as WakeHandle);
parentPort?.postMessage('woken');
