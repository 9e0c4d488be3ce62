/**
 * A cancel that came while a result waited is raised at the next suspension. If a timeout or a group had
 * begun by then, it counted that request as one made before it, and so took the error for that of its own
 * request: the cancel was lost.
 */
import { describe, expect, test } from 'vitest';
import {
  CancelledError,
  CancelScope,
  type Coroutine,
  createTask,
  currentTask,
  failAfter,
  getRunningLoop,
  shielded,
  sleep,
  taskGroup,
  timeout,
  waitFor,
} from '../../src/index.ts';
import { run as runVirtual } from '../unit/cancellation/on-virtual-time.ts';

function* slowToEnd(cleanUpMs: number): Coroutine<void> {
  try {
    yield* sleep(1000);
  } finally {
    yield* sleep(cleanUpMs);
  }
}

function* fail(): Coroutine<void> {
  throw new Error('child');
}

/** What the cancelled task runs when the request is still to be raised. */
const uses: Readonly<Record<string, () => Coroutine<unknown>>> = {
  'timeout(0)': () => timeout(0, () => sleep(1000)),
  'a timeout that passes during the clean-up': () => timeout(20, () => slowToEnd(40)),
  'nested timeouts': () => timeout(0, () => timeout(0, () => sleep(1000))),
  'waitFor(…, 0)': () => waitFor(sleep(1000), 0),
  'group.cancel()': () =>
    taskGroup(function* (group) {
      group.cancel();
      yield* sleep(1000);
    }),
  'a failing child': () =>
    taskGroup(function* (group) {
      group.createTask(fail());
      yield* sleep(1000);
    }),
  'a group in a timeout': () => timeout(0, () => taskGroup(() => sleep(1000))),
  'a cancelled scope': () =>
    new CancelScope({ deadlineMs: 0 }).run(function* () {
      yield* sleep(1000);
    }),
  'failAfter(0)': () => failAfter(0, () => sleep(1000)),
  'a timeout in a shield': () => shielded(() => timeout(5, () => sleep(1000))),
};

/** Whether a task that is cancelled together with its result, and then runs `use`, ends as cancelled. */
function* endsCancelled(use: () => Coroutine<unknown>, requestCount: number): Coroutine<boolean> {
  const gate = getRunningLoop().createFuture<void>();
  const worker = createTask(
    (function* () {
      yield* gate;
      try {
        yield* use();
      } catch (error) {
        if (error instanceof CancelledError) throw error;
      }
      yield* sleep(1);
    })(),
  );
  yield* sleep(0);
  gate.setResult();
  for (let i = 0; i < requestCount; i++) worker.cancel('stop');
  try {
    yield* worker;
  } catch (error) {
    if (!(error instanceof CancelledError)) throw error;
  }
  return worker.cancelled();
}

describe('a cancel that is still to be raised is not taken for its own by', () => {
  for (const [name, use] of Object.entries(uses)) {
    test(name, () => {
      runVirtual(function* () {
        expect(yield* endsCancelled(use, 1)).toBe(true);
        expect(yield* endsCancelled(use, 2)).toBe(true);
      });
    });
  }

  test('a timeout inside a shield, while the request waits outside of it', () => {
    runVirtual(function* () {
      const log: unknown[] = [];
      const worker = createTask(
        (function* () {
          yield* shielded(function* () {
            yield* timeout(5, () => sleep(1000));
          });
        })(),
      );
      yield* sleep(1);
      worker.cancel('held');
      try {
        yield* worker;
      } catch (error) {
        log.push((error as Error).name);
      }
      // The timeout's own error comes out of the shield; the request of another is not its concern.
      expect(log).toEqual(['TimeoutError']);
    });
  });
});

test('a timeout takes back its own request, also one that was never raised, and leaves that of another', () => {
  runVirtual(function* () {
    const loop = getRunningLoop();
    const gate = loop.createFuture<void>();
    const worker = createTask(
      (function* () {
        try {
          yield* sleep(1000);
        } catch {
          // Swallowed without uncancel(): it stays in the count.
        }
        yield* timeout(5, function* () {
          yield* gate;
        });
        yield* sleep(1);
        return currentTask()?.cancelling();
      })(),
    );
    yield* sleep(0);
    worker.cancel();
    loop.callLater(5, () => gate.setResult());
    expect(yield* worker).toBe(1);
  });
});
