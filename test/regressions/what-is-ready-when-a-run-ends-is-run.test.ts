/**
 * Callbacks that were ready when main ended, or when the last task that run() cancels had ended, were
 * dropped. asyncio's run() ends with a few more passes, in which they are called.
 */
import { describe, expect, test } from 'vitest';
import {
  type Coroutine,
  createTask,
  currentTask,
  getRunningLoop,
  run,
  runGuest,
  sleep,
  type Task,
} from '../../src/index.ts';

type Log = string[];

/** What is ready at the end, by who has made it so. */
const programs: Readonly<Record<string, (log: Log) => Coroutine<void>>> = {
  *'a task that awaited main, and its callback'(log) {
    const me = currentTask() as Task<unknown>;
    const watcher = createTask(function* () {
      yield* me;
    });
    watcher.addDoneCallback(() => log.push('called'));
    yield* sleep(1);
  },
  *'a callback of main'(log) {
    const loop = getRunningLoop();
    loop.callSoon(() => loop.callSoon(() => log.push('called')));
    yield* [];
  },
  *'a callback of a task that is left'(log) {
    const loop = getRunningLoop();
    const left = createTask(sleep(60_000));
    left.addDoneCallback(() => loop.callSoon(() => loop.callSoon(() => log.push('called'))));
    yield* sleep(1);
  },
  *'a callback that makes a task, which is ended in its turn'(log) {
    const loop = getRunningLoop();
    function* late(): Coroutine<void> {
      try {
        yield* sleep(60_000);
      } finally {
        yield* sleep(1);
        log.push('called');
      }
    }
    loop.callSoon(() => loop.callSoon(() => createTask(late())));
    yield* [];
  },
  *'a callback of a task that is left, which stops the loop'(log) {
    const loop = getRunningLoop();
    const left = createTask(sleep(60_000));
    left.addDoneCallback(() => {
      loop.stop();
      loop.callSoon(() => log.push('called'));
    });
    yield* sleep(1);
  },
  *'a callback that stops the loop'(log) {
    const loop = getRunningLoop();
    loop.callSoon(() => {
      loop.callSoon(() => {
        loop.stop();
        loop.callSoon(() => log.push('called'));
      });
    });
    yield* [];
  },
};

describe('called before the run has ended:', () => {
  for (const [name, program] of Object.entries(programs)) {
    test(name, () => {
      const log: Log = [];
      run(() => program(log));
      expect(log).toEqual(['called']);
    });

    test(`${name}, in a guest`, async () => {
      const log: Log = [];
      await runGuest(() => program(log));
      expect(log).toEqual(['called']);
    });
  }
});

test('callbacks that schedule themselves for ever do not keep a run from ending', async () => {
  function* main(): Coroutine<string> {
    const loop = getRunningLoop();
    const tick = (): void => {
      loop.callSoon(tick);
    };
    tick();
    yield* sleep(0);
    return 'ended';
  }
  expect(run(main)).toBe('ended');
  expect(await runGuest(main)).toBe('ended');
});
