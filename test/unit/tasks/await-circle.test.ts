/** Circles of waits, refused while the rest of the program goes on; and what only looks like one. */
import { describe, expect, it } from 'vitest';
import {
  CancelScope,
  type Coroutine,
  createTask,
  currentTask,
  DeadlockError,
  Future,
  failAfter,
  gather,
  Lock,
  shield,
  sleep,
  type Task,
  taskGroup,
  timeout,
  wait,
} from '../../../src/index.ts';
import { virtualLoop } from '../loop/virtual-loop.ts';

/** How a wait ended: with its result, or with the error's class. */
type End = string;

function* endOf(waiting: Coroutine<unknown>): Coroutine<End> {
  try {
    yield* waiting;
    return 'result';
  } catch (error) {
    return (error as Error).name;
  }
}

/**
 * Runs two tasks, each of which waits for the other, for at most 1 s in a program that has other things to
 * do. The first one begins to wait before the second. How the two ended: the second closes the circle.
 */
function endsOf(
  first: (second: Task<unknown>) => Coroutine<unknown>,
  second: (first: Task<unknown>) => Coroutine<unknown>,
): [first: End, second: End, atMs: number] {
  const { loop } = virtualLoop();
  const startMs = loop.time();
  return loop.run(function* () {
    const heartbeat = createTask(function* () {
      for (;;) yield* sleep(10);
    });
    const tasks: Task<End>[] = [];
    const other = (index: number) => tasks[index] as Task<unknown>;
    tasks.push(
      createTask(
        (function* (): Coroutine<End> {
          yield* sleep(1);
          return yield* endOf(first(other(1)));
        })(),
        { name: 'first' },
      ),
      createTask(
        (function* (): Coroutine<End> {
          yield* sleep(2);
          return yield* endOf(second(other(0)));
        })(),
        { name: 'second' },
      ),
    );
    yield* wait(tasks, { timeoutMs: 1000 });
    const endedMs = loop.time() - startMs;
    const ends = tasks.map((task) => (task.done() ? task.result() : 'waits'));
    for (const task of [...tasks, heartbeat]) task.cancel();
    yield* wait([...tasks, heartbeat], { timeoutMs: 1000 });
    return [...ends, endedMs] as [End, End, number];
  });
}

function* plainly(task: Task<unknown>): Coroutine<void> {
  yield* task;
}

function done(): Future<void> {
  const future = new Future<void>();
  future.setResult();
  return future;
}

function* within(make: (task: Task<unknown>) => Iterable<unknown>, task: Task<unknown>): Coroutine<void> {
  yield* make(task) as Coroutine<unknown>;
}

describe('a circle is refused to the task that closes it, and the others go on', () => {
  it.each<[string, (task: Task<unknown>) => Iterable<unknown>]>([
    ['a task', (task) => task],
    ['a shield', (task) => shield(task)],
    ['gather of one', (task) => gather([task])],
    ['gather with returnExceptions', (task) => gather([task, sleep(1)], { returnExceptions: true })],
    ['wait for all', (task) => wait([task])],
  ])('through %s', (_name, make) => {
    expect(endsOf((task) => within(make, task), plainly)).toEqual(['result', 'DeadlockError', 2]);
  });

  it.each<[string, (task: Task<unknown>) => Iterable<unknown>]>([
    ['a shield', (task) => shield(task)],
    ['gather of one', (task) => gather([task])],
    ['gather of the last one that runs', (task) => gather([task, done()])],
    ['gather with returnExceptions', (task) => gather([task, done()], { returnExceptions: true })],
    ['wait for all', (task) => wait([task])],
  ])('that %s closes', (_name, make) => {
    expect(endsOf(plainly, (task) => within(make, task))).toEqual(['result', 'DeadlockError', 2]);
  });

  it.each<[string, (task: Task<unknown>) => Iterable<unknown>]>([
    ['a shield', (task) => shield(task)],
    ['gather', (task) => gather([task, task])],
    ['wait for all', (task) => wait([task])],
  ])('of a task that awaits itself through %s', (_name, make) => {
    const ends = endsOf(
      () => within(make, currentTask() as Task<unknown>),
      () => sleep(0),
    );
    expect(ends).toEqual(['DeadlockError', 'result', 2]);
  });

  it('through a lock that each holds for a body, whoever is second', () => {
    const [a, b] = [new Lock(), new Lock()];
    const nested = (outer: Lock, inner: Lock) => () =>
      outer.with(function* () {
        yield* sleep(5);
        yield* inner.with(() => sleep(0));
      });
    expect(endsOf(nested(a, b), nested(b, a))).toEqual(['result', 'DeadlockError', 7]);
  });

  it('through a lock and a task', () => {
    const lock = new Lock();
    expect(
      endsOf(
        (second) => lock.with(() => plainly(second)),
        () => lock.acquire(),
      ),
    ).toEqual(['result', 'DeadlockError', 2]);
  });

  it('through the end of a group', () => {
    const ends = endsOf(
      function* () {
        const parent = currentTask() as Task<unknown>;
        yield* taskGroup(function* (group) {
          group.createTask(plainly(parent));
        });
      },
      () => sleep(0),
    );
    expect(ends).toEqual(['AggregateError', 'result', 2]);
  });

  it('with every edge in the message, in the order of the waits', () => {
    const { loop } = virtualLoop();
    let message = '';
    loop.run(function* main() {
      const box: { task: Task<unknown> | null } = { task: null };
      const last = createTask(
        (function* last(): Coroutine<void> {
          yield* sleep(1);
          yield* box.task as Task<unknown>;
        })(),
        { name: 'last' },
      );
      box.task = createTask(
        (function* first(): Coroutine<void> {
          yield* gather([last]);
        })(),
        { name: 'first' },
      );
      try {
        yield* last;
      } catch (error) {
        message = (error as Error).message;
      }
      yield* wait([box.task]);
      // It had gathered the one that failed.
      expect(box.task.exception()).toBeInstanceOf(DeadlockError);
    });
    expect(message.replace(/ \(\/[^()]*\)/g, '')).toBe(
      [
        "Task 'last' would wait for itself, by way of 1 other task:",
        "  Task 'last' at last waits for Task 'first'",
        "  Task 'first' at first waits for gather() of 1, 1 left",
      ].join('\n'),
    );
  });
});

describe('nothing is refused', () => {
  it.each<[string, (task: Task<unknown>) => Coroutine<unknown>]>([
    ['waits for a limited time', (task) => timeout(50, () => plainly(task))],
    ['is in a scope with a deadline', (task) => failAfter(50, () => plainly(task))],
  ])('where one of them %s, which ends the other', (_name, first) => {
    expect(endsOf(first, (task) => within(shield, task))).toEqual(['result', 'CancelledError', 51]);
  });

  it('where a sibling may fail and end the gather', () => {
    const failing = function* (): Coroutine<void> {
      yield* sleep(20);
      throw new RangeError('in time');
    };
    const ends = endsOf((task) => within(() => gather([task, createTask(failing())]), task), plainly);
    expect(ends).toEqual(['RangeError', 'result', 21]);
  });

  it('where the lock was taken by a bare acquire(): another may release it', () => {
    const lock = new Lock();
    const ends = endsOf(
      function* () {
        yield* lock.acquire();
        yield* lock.acquire();
      },
      function* () {
        yield* sleep(10);
        lock.release();
      },
    );
    expect(ends).toEqual(['result', 'result', 12]);
  });

  it('for a debugger that asks a task where it stands', () => {
    const ends = endsOf(
      (second) => plainly(second),
      function* (first) {
        first.getStack();
        yield* sleep(1);
      },
    );
    expect(ends).toEqual(['result', 'result', 3]);
  });

  it('for a scope that has been left', () => {
    const scope = new CancelScope();
    const ends = endsOf(function* (second) {
      yield* scope.run(() => sleep(0));
      yield* second;
    }, plainly);
    expect(ends).toEqual(['result', 'DeadlockError', 2]);
  });
});

describe('the cost of looking', () => {
  it('is bounded for a queue of 20,000 tasks, each behind the one before', () => {
    const { loop } = virtualLoop();
    const count = loop.run(function* () {
      let before: Task<number> = createTask(sleep(10, 0));
      for (let i = 1; i <= 20_000; i++) {
        const waited = before;
        before = createTask(
          (function* (): Coroutine<number> {
            return (yield* waited) + 1;
          })(),
        );
      }
      return yield* before;
    });
    expect(count).toBe(20_000);
  });

  it('leaves a circle of a thousand to the run, which tells it when nothing else is left', () => {
    const { loop } = virtualLoop();
    let error: unknown = null;
    try {
      loop.run(function* () {
        const main = currentTask() as Task<unknown>;
        let before: Task<unknown> = createTask(function* () {
          yield* sleep(1);
          yield* main;
        });
        for (let i = 0; i < 1000; i++) before = createTask(plainly(before));
        yield* before;
      });
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(DeadlockError);
    expect((error as DeadlockError).kind).toBe('stalled');
    for (const task of loop.liveTasks.snapshot()) (task as Task<unknown>).cancel();
    loop.callLater(1, () => loop.stop());
    loop.runForever();
  });
});
