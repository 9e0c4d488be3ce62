/**
 * The Promise of an async main was asked only in the first turn: an error that came sooner was unhandled, and
 * ended the process of who had caught it. A guest that detached ran on for several passes.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { EventLoop, runGuest, sleep } from '../../src/index.ts';

/** What Node finds unhandled while `body` runs, and a little longer. */
async function unhandledIn(body: () => Promise<void>): Promise<unknown[]> {
  const found: unknown[] = [];
  const others = process.listeners('unhandledRejection');
  const note = (error: unknown): unknown => found.push(error);
  process.removeAllListeners('unhandledRejection').on('unhandledRejection', note);
  onTestFinished(() => {
    process.off('unhandledRejection', note);
    for (const other of others) process.on('unhandledRejection', other);
  });
  await body();
  await pause(5);
  return found;
}

const failed = async (): Promise<never> => {
  throw new Error('from main');
};

test.each([
  ['an async main', failed],
  ['a Promise that main returns', () => Promise.reject(new Error('from main'))],
])('the error of %s is handled from the beginning', async (_what, main) => {
  const found = await unhandledIn(async () => {
    await expect(runGuest(main)).rejects.toThrow('from main');
  });
  expect(found).toEqual([]);
});

test('detach() in a turn ends with the pass that is under way', async () => {
  const loop = new EventLoop();
  let stepCount = 0;
  let attachment = loop.attach();
  const task = loop.createTask(
    (function* () {
      for (;;) {
        stepCount++;
        if (stepCount % 50 === 0) attachment.detach();
        yield* sleep(0);
      }
    })(),
  );
  for (let round = 1; round <= 5; round++) {
    await attachment.ended;
    expect(stepCount).toBe(round * 50);
    attachment = loop.attach();
  }
  task.cancel();
  await task.then(undefined, () => undefined);
  attachment.detach();
  loop.close();
});
