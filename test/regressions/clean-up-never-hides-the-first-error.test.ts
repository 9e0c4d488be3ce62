/**
 * A stack overflow inside nested scopes came out as a misuse of scopes; a long chain of tasks could not be
 * cancelled.
 */
import { describe, expect, test } from 'vitest';
import {
  CancelledError,
  type Coroutine,
  createTask,
  gather,
  moveOnAfter,
  run,
  sleep,
  type Task,
  taskGroup,
  timeout,
} from '../../src/index.ts';
import { sized } from '../support/size.ts';
import { caught } from '../unit/loop/virtual-loop.ts';

const nestings: Readonly<Record<string, (inner: () => Coroutine<unknown>) => Coroutine<unknown>>> = {
  scopes: (inner) => moveOnAfter(1e6, inner),
  timeouts: (inner) => timeout(1e6, inner),
  'plain yield*': function* (inner) {
    return yield* inner();
  },
};

describe('20,000 levels of', () => {
  for (const [name, wrap] of Object.entries(nestings)) {
    test(`${name} overflow the stack, and say so in a sentence`, () => {
      const nest = (depth: number): Coroutine<unknown> =>
        depth === 0 ? sleep(1) : wrap(() => nest(depth - 1));
      const error = caught(() => run(nest(20_000)));
      expect(error).toBeInstanceOf(RangeError);
      expect(error.message).toContain('"yield*" is nested some thousand levels deep');
    });
  }

  // The last one holds the overflow, or what V8 makes of running out of stack within a builtin: a TypeError.
  test('a group is one AggregateError a level, and no misuse of scopes', () => {
    const nest = (depth: number): Coroutine<unknown> => taskGroup(() => nest(depth - 1));
    let error: unknown = caught(() => run(nest(20_000)));
    let levelCount = 0;
    for (; error instanceof AggregateError; levelCount++) [error] = error.errors as unknown[];
    expect(levelCount).toBeGreaterThan(100);
    expect(error instanceof RangeError || error instanceof TypeError, String(error)).toBe(true);
    expect(String(error)).not.toContain('left before');
  });
});

/** More than there is room for on a stack. */
const CHAIN = sized(20_000, 100_000);

describe('tens of thousands of tasks that await each other', () => {
  const chains: Readonly<Record<string, (task: Task<unknown>) => Coroutine<unknown>>> = {
    'by yield*': function* (task) {
      return yield* task;
    },
    'by gather': function* (task) {
      return yield* gather([task]);
    },
  };
  for (const [name, link] of Object.entries(chains)) {
    test(`${name} are cancelled at once`, { timeout: 60_000 }, () => {
      const count = run(function* () {
        const tasks: Task<unknown>[] = [createTask(sleep(1e6))];
        for (let i = 0; i < CHAIN; i++) tasks.push(createTask(link(tasks[i] as Task<unknown>)));
        const last = tasks.at(-1) as Task<unknown>;
        yield* sleep(0);
        yield* sleep(0);
        expect(last.cancel('stop')).toBe(true);
        try {
          yield* last;
        } catch (error) {
          expect(error).toBeInstanceOf(CancelledError);
        }
        return tasks.filter((task) => task.cancelled()).length;
      });
      expect(count).toBe(CHAIN + 1);
    });
  }
});
