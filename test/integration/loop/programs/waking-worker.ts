/**
 * Counts in shared memory and wakes the loop after each count; then once when told that nobody listens, once
 * after its close.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { defaultKernel, type WakeHandle } from '../../../../src/lowlevel.ts';

const { handle, mailbox, wakes } = workerData as { handle: WakeHandle; mailbox: Int32Array; wakes: number };
const kernel = defaultKernel();
parentPort?.postMessage('ready', []);
const never = new Int32Array(new SharedArrayBuffer(4));
for (let i = 1; i <= wakes; i++) {
  Atomics.wait(never, 0, 0, 30);
  Atomics.store(mailbox, 0, i);
  kernel.wake(handle);
}
Atomics.wait(mailbox, 0, wakes, 5000);
kernel.wake(handle);
Atomics.wait(mailbox, 0, -1, 5000);
kernel.wake(handle);
