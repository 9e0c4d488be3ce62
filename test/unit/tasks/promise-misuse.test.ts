/** Promises where a coroutine awaits in a blocking run: words of ours, whatever is written. */
import { describe, expect, it } from 'vitest';
import { DeadlockError, Future, Lock, run, runGuest, sleep } from '../../../src/index.ts';

/** As plain JavaScript lets one write it. */
const anything = (value: unknown) => value as Iterable<never>;

const remedy =
  /Was it a Promise\? A Promise cannot settle while run\(\) blocks this thread: use runGuest\(\)/;

describe('yield* of a Promise', () => {
  it.skipIf(process.env.SELECTLOOP_TEST_DRIVER === 'guest')('names the remedy in a blocking run', () => {
    const promise = Promise.resolve(1);
    const holder = { promise };
    for (const main of [
      function* () {
        yield* anything(promise);
      },
      function* () {
        yield* anything(holder.promise);
      },
      function* () {
        yield* sleep(0);
        yield* anything((async () => 1)());
      },
    ]) {
      expect(() => run(main as never)).toThrow(remedy);
    }
  });

  it('names fromPromise in a guest', async () => {
    const main = function* () {
      yield* anything(Promise.resolve(1));
    };
    await expect(runGuest(main as never)).rejects.toThrow(/Was it a Promise\? Write "yield\* fromPromise/);
  });

  it('leaves other errors as they are', () => {
    const mine = new TypeError('mine is not iterable');
    expect(() =>
      run(function* () {
        yield* sleep(0);
        throw mine;
      }),
    ).toThrow(mine);
  });
});

describe.skipIf(process.env.SELECTLOOP_TEST_DRIVER === 'guest')('the only hope of a blocking run', () => {
  const hint = /Node's own timers, Promises and callbacks stand still while run\(\) blocks.*use runGuest\(\)/;

  it('is a timer or a Promise of Node: a DeadlockError that says so', () => {
    expect(() =>
      run(function* () {
        const future = new Future<void>();
        setTimeout(() => future.done() || future.setResult(), 1);
        yield* future;
      }),
    ).toThrow(hint);
    expect(() =>
      run(function* () {
        const future = new Future<void>();
        void Promise.resolve().then(() => future.setResult());
        yield* future;
      }),
    ).toThrow(DeadlockError);
  });

  it('is none where only tasks of ours could end the wait: no word about Node', () => {
    let failure: unknown;
    try {
      run(function* () {
        const lock = new Lock();
        yield* lock.acquire();
        yield* lock.acquire();
      });
    } catch (error) {
      failure = error;
    }
    expect(failure).toBeInstanceOf(DeadlockError);
    expect(String(failure)).not.toMatch(hint);
  });
});
