/** The other thread of wakeup.test.ts: wakes through the handle it was given. */
import { parentPort, workerData } from 'node:worker_threads';
import { tsImport } from 'tsx/esm/api';

// A worker does not inherit the test runner's way of reading TypeScript.
const { wake } = await tsImport('../../src/kernel/native-wakeup.ts', import.meta.url);
wake(workerData);
wake(workerData);
parentPort.postMessage('woken');
