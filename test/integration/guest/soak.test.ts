/** Nothing is left of a guest that has ended: by detach, or with its thread. */
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { setImmediate as nextIteration } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { EventLoop, sleep } from '../../../src/index.ts';
import { startBuiltWorker } from '../../support/built-program.ts';
import { sized } from '../../support/size.ts';

/** How many descriptors are open: on Linux, where the system tells. */
function descriptorCount(): number {
  return process.platform === 'linux' ? readdirSync('/proc/self/fd').length : 0;
}

const attachCount = sized(200, 1000);

it(`${attachCount} times attached and detached: at rest, with a timer, in a turn`, async () => {
  const loop = new EventLoop();
  const before = descriptorCount();
  const listenersBefore = process.listenerCount('exit');
  for (let i = 0; i < attachCount; i++) {
    const attachment = loop.attach();
    if (i % 3 === 0) await nextIteration();
    else if (i % 3 === 1) loop.callLater(60_000, () => {}).unref();
    else loop.callSoon(() => attachment.detach());
    if (i % 3 === 2) await attachment.ended;
    else attachment.detach();
    await attachment.ended;
  }
  await nextIteration();
  expect(descriptorCount()).toBe(before);
  expect(process.listenerCount('exit')).toBe(listenersBefore);
  await using attachment = loop.attach();
  expect(await loop.createTask(sleep(1, 'works'))).toBe('works');
  attachment.detach();
  await attachment.ended;
  loop.close();
});

const workerCount = sized(10, 200);

it(`${workerCount} workers terminated while their guests talk`, { timeout: 300_000 }, async () => {
  const before = descriptorCount();
  for (let i = 0; i < workerCount; i += 10) {
    const workers = Array.from({ length: 10 }, () =>
      startBuiltWorker('test/integration/guest/programs/guest-worker.ts'),
    );
    await Promise.all(workers.map(async (worker) => once(worker, 'message')));
    await Promise.all(workers.map(async (worker) => worker.terminate()));
  }
  await nextIteration();
  expect(descriptorCount()).toBe(before);
});
