/**
 * Where `run()` keeps main's error and reports one of ending what is left, `runGuest()` threw the latter, and
 * nobody heard of main's. And a Ctrl-C in main's last step, or while what is left cleans up, was swallowed,
 * or killed the process.
 */
import { isMainThread } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import {
  type Coroutine,
  createTask,
  EventLoop,
  KeyboardInterrupt,
  type LoopOptions,
  RuntimeError,
  run,
  runGuest,
  sleep,
} from '../../src/index.ts';

/** Makes a loop whose handler is told of nothing but in `told`. */
function tellingLoop(told: string[], options?: LoopOptions): { loopFactory: () => EventLoop } {
  return {
    loopFactory: () => {
      const loop = new EventLoop(options);
      loop.setExceptionHandler((_loop, context) => told.push(context.message));
      return loop;
    },
  };
}

/** Leaves a task whose clean-up ends a run. */
function* leaves(ending: () => void): Coroutine<void> {
  createTask(function* () {
    try {
      yield* sleep(60_000);
    } finally {
      ending();
    }
  });
  yield* sleep(1);
}

describe('an error of the end of a run', () => {
  function* main(): Coroutine<void> {
    yield* leaves(() => {
      throw new KeyboardInterrupt('of a clean-up');
    });
    throw new Error('of main');
  }

  it('is reported, where main has failed', async () => {
    const told: string[] = [];
    expect(() => run(main, tellingLoop(told))).toThrow('of main');
    await expect(runGuest(main, tellingLoop(told))).rejects.toThrow('of main');
    expect(told).toContain('Exception while run() closed its loop');
    expect(told).toContain('Exception while runGuest() closed its loop');
  });

  it('is thrown, where it has not', async () => {
    const onlyLeft = (): Coroutine<void> =>
      leaves(() => {
        throw new KeyboardInterrupt('of a clean-up');
      });
    expect(() => run(onlyLeft, tellingLoop([]))).toThrow('of a clean-up');
    await expect(runGuest(onlyLeft, tellingLoop([]))).rejects.toThrow('of a clean-up');
  });
});

it('a loop that cannot be a guest says so once', async () => {
  const told: string[] = [];
  const cannot = tellingLoop(told, { poller: 'poll' });
  await expect(runGuest(() => sleep(1), cannot)).rejects.toThrow(RuntimeError);
  expect(told).toEqual([]);
});

describe.runIf(isMainThread)('a Ctrl-C that main does not see is thrown', () => {
  const interrupt = (): void => {
    process.kill(process.pid, 'SIGINT');
  };

  it('when it comes in the last step of main', async () => {
    function* main(): Coroutine<string> {
      yield* sleep(1);
      interrupt();
      return 'result';
    }
    expect(() => run(main)).toThrow(KeyboardInterrupt);
    await expect(runGuest(main, { interrupts: true })).rejects.toThrow(KeyboardInterrupt);
  });

  it('when it comes while what is left cleans up, which goes on', async () => {
    const log: string[] = [];
    function* main(): Coroutine<void> {
      createTask(function* () {
        try {
          yield* sleep(60_000);
        } finally {
          interrupt();
          yield* sleep(20);
          log.push('cleaned up');
        }
      });
      yield* sleep(1);
    }
    expect(() => run(main)).toThrow(KeyboardInterrupt);
    await expect(runGuest(main, { interrupts: true })).rejects.toThrow(KeyboardInterrupt);
    expect(log).toEqual(['cleaned up', 'cleaned up']);
  });
});
