/**
 * `for await` over `toAsyncIterable` throws whatever ends the iteration: an error that came while the
 * consumer was busy with an item looked like the end of the items, and so did a cancellation by others.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { expect, it } from 'vitest';
import {
  CancelledError,
  type Coroutine,
  currentTask,
  type Each,
  type ExceptionContext,
  getRunningLoop,
  runGuest,
  sleep,
  type Task,
  toAsyncIterable,
} from '../../src/index.ts';

type Body = (item: number) => Coroutine<void>;

/** Gives 1, and fails while the consumer has it. */
function* failing(body: Body): Coroutine<void> {
  const task = currentTask() as Task<unknown>;
  getRunningLoop().callLater(1, () => task.cancel('from outside'));
  try {
    yield* body(1);
  } catch {
    throw new RangeError('during one');
  }
}

it('an error that came while the consumer was busy', async () => {
  await runGuest(async () => {
    const items: number[] = [];
    const iterating = (async () => {
      for await (const item of toAsyncIterable(failing)) {
        items.push(item);
        await pause(20);
      }
    })();
    await expect(iterating).rejects.toThrow('during one');
    expect(items).toEqual([1]);
  });
});

it.each([0, 20])('a cancellation by others, of a consumer that is busy for %i ms', async (busyMs) => {
  await runGuest(async () => {
    let task: Task<unknown> | null = null;
    const iterable = toAsyncIterable<number>(function* (body) {
      task = currentTask();
      yield* body(1);
      yield* sleep(10_000);
    });
    expect(await iterable.next()).toEqual({ done: false, value: 1 });
    setTimeout(() => task?.cancel(), 5);
    await pause(busyMs);
    await expect(iterable.next()).rejects.toThrow(CancelledError);
    expect(await iterable.next()).toEqual({ done: true, value: undefined });
  });
});

it('one that nobody asks for any more is reported', async () => {
  const reports: ExceptionContext[] = [];
  await runGuest(async () => {
    getRunningLoop().setExceptionHandler((_loop, context) => reports.push(context));
    for await (const _item of toAsyncIterable(failing)) {
      await pause(20);
      break;
    }
  });
  expect(reports).toMatchObject([{ exception: { message: 'during one' } }]);
});

it('next() after return() does not begin', async () => {
  await runGuest(async () => {
    let begun = false;
    const iterable = toAsyncIterable<number>(function* (body) {
      begun = true;
      yield* body(1);
    } satisfies Each<number>);
    await iterable.return?.();
    expect(await iterable.next()).toEqual({ done: true, value: undefined });
    expect(begun).toBe(false);
  });
});
