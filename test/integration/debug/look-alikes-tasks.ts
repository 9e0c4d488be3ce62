import {
  Barrier,
  CancelledError,
  Condition,
  type Coroutine,
  createTask,
  DeadlockError,
  Event,
  failAfter,
  gather,
  isCancelled,
  Lock,
  Queue,
  Semaphore,
  sleep,
  type Task,
  TimeoutError,
  taskGroup,
  timeout,
  waitFor,
} from '../../../src/index.ts';
import { type LookAlike, others, self } from './programs.ts';

function* returning<T>(delayMs: number, value: T): Coroutine<T> {
  yield* sleep(delayMs);
  return value;
}

function* awaitBoxed(box: { task: Task<unknown> | null }): Coroutine<unknown> {
  yield* sleep(0);
  return yield* box.task as Task<unknown>;
}

/** The class of the error that a wait ends with. */
function* endOf(wait: Iterable<unknown>): Coroutine<unknown> {
  try {
    return yield* wait as Coroutine<unknown>;
  } catch (error) {
    return (error as Error).constructor;
  }
}

export const wokenByTasks: readonly LookAlike[] = [
  {
    name: 'a lock that another task releases, while its holder waits for it again',
    *main() {
      const lock = new Lock();
      yield* lock.acquire();
      createTask(function* () {
        yield* others();
        lock.release();
      });
      return yield* lock.acquire();
    },
    result: true,
  },
  {
    name: 'two locks in the same order',
    *main() {
      const [a, b] = [new Lock(), new Lock()];
      const nested = () => a.with(() => b.with(() => returning(1, 'both')));
      return yield* gather([nested(), nested()]);
    },
    result: ['both', 'both'],
  },
  {
    name: 'a body of a lock that waits for a task which wants the lock, under a timeout',
    *main() {
      const lock = new Lock();
      const waiting = createTask(lock.with(() => returning(0, 'had it')));
      yield* lock.with(() => endOf(timeout(5, () => waitFor(returning(50, null)))));
      return yield* waiting;
    },
    result: 'had it',
  },
  {
    name: 'two tasks that await each other, one of them for a limited time',
    *main() {
      const box: { task: Task<unknown> | null } = { task: null };
      const other = createTask(endOf(awaitBoxed(box)));
      box.task = createTask(function* () {
        yield* others();
        return yield* endOf(timeout(5, () => gather([other], { returnExceptions: true })));
      });
      return (yield* box.task) === TimeoutError || (yield* box.task) === CancelledError;
    },
    result: true,
  },
  {
    name: 'the same with failAfter',
    *main() {
      const main = self();
      const other = createTask(endOf(awaitBoxed({ task: main })));
      yield* others();
      // The scope cancels the other, and that one what it awaits: main.
      return yield* endOf(failAfter(5, () => gather([other], { returnExceptions: true })));
    },
    result: CancelledError,
  },
  {
    name: 'a gather of a task that awaits its awaiter, which a sibling’s failure ends',
    *main() {
      const main = self();
      const other = createTask(awaitBoxed({ task: main }));
      const failing = createTask(function* () {
        yield* sleep(5);
        throw new RangeError('in time');
      });
      return yield* endOf(gather([other, failing]));
    },
    result: RangeError,
  },
  {
    name: 'two tasks that await a third',
    *main() {
      const third = createTask(returning(5, 'third'));
      const both = [createTask(awaitBoxed({ task: third })), createTask(awaitBoxed({ task: third }))];
      return yield* gather(both);
    },
    result: ['third', 'third'],
  },
  {
    name: 'a chain of tasks, awaited from both ends',
    *main() {
      let last: Task<unknown> = createTask(returning(5, 'first'));
      for (let i = 0; i < 1000; i++) last = createTask(awaitBoxed({ task: last }));
      yield* others();
      return yield* last;
    },
    result: 'first',
  },
  {
    name: 'a condition that is notified late',
    *main() {
      const condition = new Condition();
      createTask(function* () {
        yield* sleep(10);
        yield* condition.with(function* () {
          condition.notify();
          yield* sleep(0);
        });
      });
      return yield* condition.with(() => condition.wait());
    },
    result: true,
  },
  {
    name: 'philosophers who take turns',
    *main() {
      const forks = [0, 1, 2].map(() => new Semaphore(1)) as [Semaphore, Semaphore, Semaphore];
      const waiter = new Semaphore(2);
      const dine = (left: Semaphore, right: Semaphore) =>
        waiter.with(() => left.with(() => right.with(() => returning(1, 'ate'))));
      return yield* gather([dine(forks[0], forks[1]), dine(forks[1], forks[2]), dine(forks[2], forks[0])]);
    },
    result: ['ate', 'ate', 'ate'],
  },
  {
    name: 'a barrier whose last party comes late',
    *main() {
      const barrier = new Barrier(2);
      createTask(function* () {
        yield* sleep(10);
        yield* barrier.wait();
      });
      return yield* barrier.wait();
    },
    result: 0,
  },
  {
    name: 'a full queue that a slow consumer empties',
    *main() {
      const queue = new Queue<number>(1);
      const consumer = createTask(function* () {
        const seen: number[] = [];
        for (let i = 0; i < 3; i++) {
          yield* sleep(2);
          seen.push(yield* queue.get());
          queue.taskDone();
        }
        return seen;
      });
      for (let i = 0; i < 3; i++) yield* queue.put(i);
      yield* queue.join();
      return yield* consumer;
    },
    result: [0, 1, 2],
  },
  {
    name: 'a wait that another task cancels',
    *main() {
      const main = self();
      createTask(function* () {
        yield* sleep(5);
        main.cancel();
      });
      try {
        yield* new Event().wait();
      } catch (error) {
        main.uncancel();
        return isCancelled(error);
      }
      return false;
    },
    result: true,
  },
  {
    name: 'a group whose child waits for another child',
    *main() {
      return yield* taskGroup(function* (group) {
        const first = group.createTask(returning(5, 'first'));
        return yield* group.createTask(awaitBoxed({ task: first }));
      });
    },
    result: 'first',
  },
  {
    name: 'a deadlock that main catches, and goes on from',
    *main() {
      const caught = yield* endOf(new Event().wait());
      return [caught, yield* returning(1, 'goes on')];
    },
    result: [DeadlockError, 'goes on'],
  },
];
