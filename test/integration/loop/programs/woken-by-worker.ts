/**
 * A loop with nothing to do but wait, woken by a worker thread. Prints what came, and how long the wait was.
 */
import { once } from 'node:events';
import { EventLoop, print, sleep } from '../../../../src/index.ts';
import { startBuiltWorker } from '../../../support/built-program.ts';

const WAKES = 3;
const loop = new EventLoop();
const mailbox = new Int32Array(new SharedArrayBuffer(4));
const worker = startBuiltWorker('test/integration/loop/programs/waking-worker.ts', {
  workerData: { handle: loop.wakeHandle(), mailbox, wakes: WAKES },
});
await once(worker, 'message');
const seen: number[] = [];
const stopListening = loop.onWake(() => {
  seen.push(Atomics.load(mailbox, 0));
  if (seen.at(-1) === WAKES) loop.stop();
});
const guard = loop.callLater(10_000, () => loop.stop());
loop.runForever();
guard.cancel();
print(`seen ${seen.join(' ')}`);
stopListening();
// The worker wakes once more after nobody listens, and again after the loop has closed.
Atomics.store(mailbox, 0, -1);
Atomics.notify(mailbox, 0);
loop.runUntilComplete(sleep(50));
print(`still ${seen.length}`);
loop.close();
Atomics.store(mailbox, 0, -2);
Atomics.notify(mailbox, 0);
worker.once('exit', (code) => print(`worker exit ${code}`));
