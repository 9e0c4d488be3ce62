/** Errors that nobody looked at: when they are reported, and when not. */
import { describe, expect, it } from 'vitest';
import { type Coroutine, createTask, sleep } from '../../../src/index.ts';
import { virtualLoop } from '../loop/virtual-loop.ts';

const failure = new Error('nobody looked');

describe('a failed future', () => {
  it('is reported when the loop closes, once, with the future and its error', () => {
    const { loop, takeReports } = virtualLoop();
    const future = loop.createFuture<void>();
    future.setException(failure);
    loop.run(() => pause(5000));
    expect(takeReports()).toEqual([]);
    loop.close();
    const [report, ...more] = takeReports();
    expect(report?.message).toBe('Future exception was never retrieved');
    expect(report?.exception).toBe(failure);
    expect(report?.future === future).toBe(true);
    expect(more).toHaveLength(0);
    loop.close();
    expect(takeReports()).toEqual([]);
  });

  it.each<[string, (future: { exception(): unknown; result(): unknown }) => unknown]>([
    ['exception()', (future) => future.exception()],
    [
      'result()',
      (future) => {
        try {
          future.result();
        } catch {
          // Looked at.
        }
      },
    ],
  ])('is not reported after %s', (_name, look) => {
    const { loop, takeReports } = virtualLoop();
    const future = loop.createFuture<void>();
    future.setException(failure);
    look(future);
    loop.close();
    expect(takeReports()).toEqual([]);
  });

  it('is not reported after it was awaited, though the awaiter swallowed the error', () => {
    const { loop, takeReports } = virtualLoop();
    const future = loop.createFuture<void>();
    loop.callLater(1, () => future.setException(failure));
    loop.run(function* (): Coroutine<void> {
      try {
        yield* future;
      } catch {
        // Swallowed on purpose.
      }
    });
    loop.close();
    expect(takeReports()).toEqual([]);
  });
});

describe('a failed task', () => {
  it('is reported about a second after its failure', () => {
    const { loop, takeReports } = virtualLoop();
    loop.run(function* (): Coroutine<void> {
      createTask(failing());
      yield* sleep(999);
      expect(takeReports()).toEqual([]);
      yield* sleep(2);
      expect(takeReports().map(({ exception }) => exception)).toEqual([failure]);
      yield* sleep(3000);
    });
    loop.close();
    expect(takeReports()).toEqual([]);
  });

  it('is not reported when it is awaited within that second', () => {
    const { loop, takeReports } = virtualLoop();
    loop.run(function* (): Coroutine<void> {
      const task = createTask(failing());
      yield* sleep(500);
      try {
        yield* task;
      } catch {
        // Swallowed on purpose.
      }
      yield* sleep(3000);
    });
    expect(takeReports()).toEqual([]);
  });

  it('was cancelled: that is no failure', () => {
    const { loop, takeReports } = virtualLoop();
    loop.run(function* (): Coroutine<void> {
      const task = createTask(pause(100));
      yield* sleep(1);
      task.cancel();
      yield* sleep(3000);
    });
    loop.close();
    expect(takeReports()).toEqual([]);
  });

  it('each of many is reported, in the order of the failures', () => {
    const { loop, takeReports } = virtualLoop();
    loop.run(function* (): Coroutine<void> {
      for (let i = 0; i < 300; i++) {
        createTask(failing(new Error(String(i))));
        yield* sleep(1);
      }
      yield* sleep(2000);
    });
    expect(takeReports().map(({ exception }) => (exception as Error).message)).toEqual(
      Array.from({ length: 300 }, (_, i) => String(i)),
    );
  });
});

function* failing(error = failure): Coroutine<void> {
  yield* [];
  throw error;
}

function* pause(delayMs: number): Coroutine<void> {
  yield* sleep(delayMs);
}
