/** Promises: what a guest does with them, and how a blocking run refuses them. */
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import {
  CancelledError,
  CancelScope,
  type Coroutine,
  createTask,
  EventLoop,
  ensureFuture,
  fromPromise,
  gather,
  getRunningLoop,
  moveOnAfter,
  openConnection,
  run,
  runGuest,
  type Server,
  shield,
  sleep,
  startServer,
  TimeoutError,
  timeout,
  toCoroutine,
  wait,
  waitFor,
  wrapFuture,
} from '../../../src/index.ts';

/** A Promise that rejects a little later. */
async function failing(delayMs = 1): Promise<never> {
  await pause(delayMs);
  throw new RangeError('from a promise');
}

function portOf(server: Server): number {
  return (server.sockets[0]?.getsockname() as [string, number] | undefined)?.[1] ?? 0;
}

describe('Promises in a guest', () => {
  it('are awaited by fromPromise, with result and error', async () => {
    expect(
      await runGuest(function* () {
        return yield* fromPromise(pause(2, 'late'));
      }),
    ).toBe('late');
    await expect(
      runGuest(function* () {
        yield* fromPromise(failing());
      }),
    ).rejects.toThrow('from a promise');
  });

  it('are taken by gather, wait, waitFor, timeout, shield, ensureFuture, wrapFuture, toCoroutine', async () => {
    const values = await runGuest(function* () {
      const gathered = yield* gather([pause(2, 'a'), sleep(1, 'b')]);
      const waited = yield* waitFor(pause(1, 'c'), 1000);
      const limited = yield* timeout(1000, () => pause(1, 'd'));
      const shielded = yield* shield(pause(1, 'e'));
      const ensured = yield* ensureFuture(pause(1, 'f'));
      const wrapped = yield* wrapFuture(pause(1, 'g'));
      const called = yield* toCoroutine(async () => 'h')();
      const { done } = yield* wait([pause(1, 'i'), ensureFuture(sleep(1, 'j'))]);
      return [
        ...gathered,
        waited,
        limited,
        shielded,
        ensured,
        wrapped,
        called,
        ...[...done].map((one) => one.result()),
      ];
    });
    expect(values.slice(0, 8)).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']);
    expect(new Set(values.slice(8))).toEqual(new Set(['i', 'j']));
  });

  it('await a task or a future in async code, with result, error and cancellation', async () => {
    await runGuest(async () => {
      expect(await createTask(sleep(2, 'slept'))).toBe('slept');
      const failed = createTask(
        (function* (): Coroutine<never> {
          yield* sleep(1);
          throw new RangeError('no');
        })(),
      );
      await expect((async () => await failed)()).rejects.toThrow(new RangeError('no'));
      const cancelled = createTask(sleep(60_000));
      setTimeout(() => cancelled.cancel(), 2);
      await expect((async () => await cancelled)()).rejects.toBeInstanceOf(CancelledError);
    });
  });

  it('a cancelled await ends at once, and what the Promise brings later is dropped', async () => {
    const unhandled: unknown[] = [];
    const note = (reason: unknown) => unhandled.push(reason);
    process.on('unhandledRejection', note);
    try {
      await runGuest(function* () {
        yield* moveOnAfter(2, () => fromPromise(failing(100)));
        const task = createTask(fromPromise(failing(100)));
        yield* sleep(1);
        task.cancel();
        yield* wait([task]);
        expect(task.cancelled()).toBe(true);
        try {
          yield* waitFor(failing(100), 1);
        } catch (error) {
          expect(error).toBeInstanceOf(TimeoutError);
        }
        yield* sleep(130);
      });
      await pause(5);
    } finally {
      process.off('unhandledRejection', note);
    }
    expect(unhandled).toEqual([]);
  });

  it('an error of a Promise that nobody awaits is reported when the loop closes, not by Node', async () => {
    const reports: unknown[] = [];
    await runGuest(function* () {
      getRunningLoop().setExceptionHandler((_loop, context) => reports.push(context.exception));
      fromPromise(failing());
      yield* sleep(10);
    });
    expect(reports).toEqual([new RangeError('from a promise')]);
  });

  it('the signal of a cancelled await aborts, by its task, a scope or a timeout', async () => {
    const reasons: unknown[] = [];
    const work = (signal: AbortSignal): Promise<never> =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          reasons.push(signal.reason);
          reject(signal.reason as Error);
        });
      });
    await runGuest(function* () {
      yield* moveOnAfter(1, () => fromPromise(work));
      const task = createTask(fromPromise(work));
      yield* sleep(1);
      task.cancel('by hand');
      yield* wait([task]);
      const scope = new CancelScope();
      getRunningLoop().callLater(1, () => scope.cancel());
      yield* scope.run(() => fromPromise(work));
    });
    expect(reasons).toHaveLength(3);
    for (const reason of reasons) expect(reason).toBeInstanceOf(CancelledError);
  });

  it('async functions serve as callbacks, and their errors go to the exception handler', async () => {
    const reports: unknown[] = [];
    const seen: string[] = [];
    await runGuest(function* () {
      const loop = getRunningLoop();
      loop.setExceptionHandler((_loop, context) => reports.push(context.exception));
      loop.callSoon(async () => {
        await pause(1);
        seen.push('soon');
      });
      loop.callLater(1, async () => failing());
      loop.callLater(1, () => failing());
      const server = yield* startServer(
        async (reader, writer) => {
          const line = await createTask(reader.readLine());
          writer.write(line);
          await createTask(writer.drain());
          writer.close();
        },
        { host: '127.0.0.1', port: 0 },
      );
      const port = portOf(server);
      const [reader, writer] = yield* openConnection({ host: '127.0.0.1', port });
      writer.write(Buffer.from('async\n'));
      seen.push(String(yield* reader.readLine()));
      writer.close();
      server.close();
      yield* sleep(20);
    });
    expect(seen.sort()).toEqual(['async\n', 'soon']);
    expect(reports).toEqual([new RangeError('from a promise'), new RangeError('from a promise')]);
  });
});

describe('Promises in a blocking run', () => {
  // Where the tests' run() is a guest too, these calls are allowed.
  const isGuest = process.env.SELECTLOOP_TEST_DRIVER === 'guest';
  const refused = /A Promise cannot settle while run\(\) blocks this thread: use runGuest\(\)/;
  const inRun = (body: () => unknown) => () =>
    run(function* (): Coroutine<void> {
      yield* sleep(0);
      body();
    });

  it.skipIf(isGuest)('are refused at once by each function, with the remedy', () => {
    const promise = Promise.resolve(1);
    for (const body of [
      () => fromPromise(promise),
      () => ensureFuture(promise),
      () => wrapFuture(promise),
      () => gather([promise]),
      () => shield(promise),
    ]) {
      expect(inRun(body)).toThrow(refused);
    }
    expect(() => run(waitFor(promise, 100))).toThrow(refused);
    expect(() => run(timeout(100, () => promise))).toThrow(refused);
    expect(() => run(wait([promise]))).toThrow(refused);
    expect(() => run(fromPromise(async () => 1))).toThrow(refused);
    expect(() =>
      run(function* () {
        return yield* toCoroutine(async () => 1)();
      }),
    ).toThrow(refused);
  });

  it.skipIf(isGuest)('returned by a callback are reported with the remedy', () => {
    const reports: unknown[] = [];
    run(function* () {
      getRunningLoop().setExceptionHandler((_loop, context) => reports.push(String(context.exception)));
      getRunningLoop().callSoon(() => Promise.resolve(1));
      yield* sleep(1);
    });
    expect(reports).toEqual([
      expect.stringMatching(/returned a Promise, which cannot settle while run\(\) blocks/),
    ]);
  });

  it('await a pending future or task reject with the remedy', async () => {
    const loop = new EventLoop();
    const future = loop.createFuture<number>();
    await expect((async () => await future)()).rejects.toThrow(/or runGuest\(\)/);
    future.setResult(3);
    expect(await future).toBe(3);
    loop.close();
  });
});
