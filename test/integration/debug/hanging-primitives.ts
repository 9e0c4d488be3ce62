/** Programs that hang at locks, queues and their kin, and what is told of each. */

import {
  Barrier,
  CapacityLimiter,
  Condition,
  type Coroutine,
  createTask,
  gather,
  Lock,
  Queue,
  Semaphore,
  sleep,
} from '../../../src/index.ts';
import type { HangingProgram } from './programs.ts';

function* pass(from: Queue<string>, to: Queue<string>): Coroutine<void> {
  yield* to.put(yield* from.get());
}

function* inOrder(first: Lock, second: Lock): Coroutine<void> {
  yield* first.acquire();
  yield* sleep(0);
  yield* second.acquire();
}

function* nested(first: Lock, second: Lock): Coroutine<void> {
  yield* first.with(function* outer() {
    yield* sleep(0);
    yield* second.with(function* inner() {
      yield* sleep(0);
    });
  });
}

function* dine(left: Semaphore, right: Semaphore): Coroutine<void> {
  yield* left.acquire();
  yield* sleep(0);
  yield* right.acquire();
}

function* until(future: Iterable<unknown>): Coroutine<void> {
  yield* future as Coroutine<unknown>;
}

export const hangingPrimitives: readonly HangingProgram[] = [
  {
    name: 'two queues waiting on each other',
    *main() {
      const [left, right] = [new Queue<string>(), new Queue<string>()];
      createTask(pass(left, right), { name: 'there' });
      yield* pass(right, left);
    },
    kind: 'stalled',
    verdict: [
      "* Task 'main' waits for get() of <Queue maxsize=0 _getters[1]>",
      '  at main',
      '  at pass',
      "* Task 'there' waits for get() of <Queue maxsize=0 _getters[1]>",
      '  at pass',
    ],
  },
  {
    name: 'two locks taken in different order',
    *main() {
      const [a, b] = [new Lock(), new Lock()];
      createTask(inOrder(b, a), { name: 'other' });
      yield* inOrder(a, b);
    },
    kind: 'stalled',
    verdict: [
      "* Task 'main' waits for acquire() of <Lock [locked, waiters:1]>, held by Task 'other'",
      '  at main',
      '  at inOrder',
      "  * Task 'other' waits for acquire() of <Lock [locked, waiters:1]>, held by Task 'main'",
      '    at inOrder',
      "    * Task 'main' (shown above)",
    ],
  },
  {
    name: 'the same with bodies, which is told to the second at once',
    *main() {
      const [a, b] = [new Lock(), new Lock()];
      const other = createTask(nested(b, a), { name: 'other' });
      yield* nested(a, b);
      yield* other;
    },
    kind: 'circle',
    verdict: [
      "  Task 'other' at outer waits for acquire() of <Lock [locked]>, held by Task 'main'",
      "  Task 'main' at outer waits for acquire() of <Lock [locked, waiters:1]>, held by Task 'other'",
    ],
  },
  {
    name: 'a forgotten taskDone',
    *main() {
      const queue = new Queue<number>();
      yield* queue.put(1);
      yield* queue.get();
      yield* queue.join();
    },
    kind: 'stalled',
    verdict: ["* Task 'main' waits for join() of <Queue maxsize=0 tasks=1>", '  at main'],
  },
  {
    name: 'a condition without notify',
    *main() {
      const condition = new Condition();
      yield* condition.with(function* body() {
        yield* condition.wait();
      });
    },
    kind: 'stalled',
    verdict: [
      "* Task 'main' waits for wait() of <Condition [unlocked, waiters:1]>",
      '  at main',
      '  at body',
    ],
  },
  {
    name: 'a condition whose predicate nobody makes true',
    *main() {
      const condition = new Condition();
      createTask(
        condition.with(() => {
          condition.notifyAll();
          return sleep(0);
        }),
      );
      yield* condition.with(function* body() {
        yield* condition.waitFor(() => false);
      });
    },
    kind: 'stalled',
    verdict: [
      "* Task 'main' waits for wait() of <Condition [unlocked, waiters:1]>",
      '  at main',
      '  at body',
    ],
  },
  {
    name: 'a full queue that nobody empties',
    *main() {
      const queue = new Queue<number>(1);
      yield* queue.put(1);
      yield* queue.put(2);
    },
    kind: 'stalled',
    verdict: [
      "* Task 'main' waits for put() of <Queue maxsize=1 _queue=[1] _putters[1] tasks=1>",
      '  at main',
    ],
  },
  {
    name: 'a pool of one whose work needs the pool',
    *main() {
      const pool = new CapacityLimiter(1);
      yield* pool.with(function* job() {
        yield* gather([
          createTask(
            pool.with(() => sleep(0)),
            { name: 'inner' },
          ),
        ]);
      });
    },
    kind: 'stalled',
    verdict: [
      "* Task 'main' waits for gather() of 1, 1 left",
      '  at main',
      '  at job',
      "  * Task 'inner' waits for acquire() of <CapacityLimiter [1/1 borrowed, waiters:1]>",
      '    at CapacityLimiter.with',
    ],
  },
  {
    name: 'a semaphore that is not given back',
    *main() {
      const semaphore = new Semaphore(2);
      for (let i = 0; i < 3; i++) yield* semaphore.acquire();
    },
    kind: 'stalled',
    verdict: ["* Task 'main' waits for acquire() of <Semaphore [locked, waiters:1]>", '  at main'],
  },
  {
    name: 'three philosophers, each with a fork',
    *main() {
      const forks = [0, 1, 2].map(() => new Semaphore(1)) as [Semaphore, Semaphore, Semaphore];
      createTask(dine(forks[1], forks[2]), { name: 'second' });
      createTask(dine(forks[2], forks[0]), { name: 'third' });
      yield* dine(forks[0], forks[1]);
    },
    kind: 'stalled',
    verdict: [
      "* Task 'main' waits for acquire() of <Semaphore [locked, waiters:1]>",
      '  at main',
      '  at dine',
      "* Task 'second' waits for acquire() of <Semaphore [locked, waiters:1]>",
      '  at dine',
      "* Task 'third' waits for acquire() of <Semaphore [locked, waiters:1]>",
      '  at dine',
    ],
  },
  {
    name: 'a barrier for three with two',
    *main() {
      const barrier = new Barrier(3);
      createTask(until(barrier.wait()), { name: 'second' });
      yield* barrier.wait();
    },
    kind: 'stalled',
    verdict: [
      "* Task 'main' waits for wait() of <Barrier [filling, waiters:2/3]>",
      '  at main',
      "* Task 'second' waits for wait() of <Barrier [filling, waiters:2/3]>",
      '  at until',
    ],
  },
  {
    name: 'a lock that its holder takes again in its body',
    *main() {
      const lock = new Lock();
      yield* lock.with(function* outer() {
        yield* lock.acquire();
      });
    },
    kind: 'circle',
    verdict: ["  Task 'main' at outer waits for acquire() of <Lock [locked]>, held by Task 'main'"],
  },
  {
    name: 'a lock that its holder takes again, by bare acquire()',
    *main() {
      const lock = new Lock();
      yield* lock.acquire();
      yield* lock.acquire();
    },
    kind: 'stalled',
    verdict: [
      "* Task 'main' waits for acquire() of <Lock [locked, waiters:1]>, held by Task 'main'",
      '  at main',
      "  * Task 'main' (shown above)",
    ],
  },
  {
    name: 'a pipeline without its last stage',
    *main() {
      const [first, second] = [new Queue<number>(1), new Queue<number>(1)];
      createTask(
        (function* stage(): Coroutine<void> {
          for (;;) yield* second.put(yield* first.get());
        })(),
        { name: 'stage' },
      );
      for (let i = 0; ; i++) yield* first.put(i);
    },
    kind: 'stalled',
    verdict: [
      "* Task 'main' waits for put() of <Queue maxsize=1 _queue=[2] _putters[1] tasks=3>",
      '  at main',
      "* Task 'stage' waits for put() of <Queue maxsize=1 _queue=[0] _putters[1] tasks=1>",
      '  at stage',
    ],
  },
];
