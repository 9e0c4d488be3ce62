/**
 * A task of `fromPromise()` that was cancelled before its first step had the rejection that came later
 * reported as never retrieved.
 */
import { expect, test } from 'vitest';
import { createTask, fromPromise, getRunningLoop, runGuest, sleep } from '../../src/index.ts';

test('what a Promise brings after its task was cancelled is dropped, whenever that was', async () => {
  const reports: string[] = [];
  await runGuest(function* () {
    getRunningLoop().setExceptionHandler((_loop, context) => reports.push(context.message));
    const rejectors: ((error: Error) => void)[] = [];
    const rejected = () => fromPromise(new Promise((_resolve, reject) => rejectors.push(reject)));
    const notBegun = createTask(rejected());
    notBegun.cancel();
    const begun = createTask(rejected());
    yield* sleep(1);
    begun.cancel();
    rejected().return(undefined);
    yield* sleep(1);
    for (const reject of rejectors) reject(new Error('late'));
    yield* sleep(1);
    globalThis.gc?.();
    expect([notBegun.cancelled(), begun.cancelled(), rejectors.length]).toEqual([true, true, 3]);
  });
  expect(reports).toEqual([]);
});
