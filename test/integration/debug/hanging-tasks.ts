/** Programs that hang at tasks, groups, events and futures, and what is told of each. */

import {
  asCompleted,
  type Coroutine,
  createTask,
  Event,
  Future,
  gather,
  LifoQueue,
  PriorityQueue,
  StreamReader,
  shield,
  sleep,
  type Task,
  taskGroup,
  wait,
} from '../../../src/index.ts';
import { type HangingProgram, others, self } from './programs.ts';

function* until(future: Iterable<unknown>): Coroutine<void> {
  yield* future as Coroutine<unknown>;
}

/** Awaits the task that is put into the box meanwhile. */
function* awaitBoxed(box: { task: Task<unknown> | null }): Coroutine<void> {
  yield* sleep(0);
  yield* box.task as Task<unknown>;
}

export const hangingTasks: readonly HangingProgram[] = [
  {
    name: 'a group whose child waits for the group',
    *main() {
      const main = self();
      yield* taskGroup(function* (group) {
        group.createTask(awaitBoxed({ task: main }), { name: 'child' });
      });
    },
    kind: 'circle',
    verdict: [
      "  Task 'child' at awaitBoxed waits for Task 'main'",
      "  Task 'main' at main waits for 1 task of a group",
    ],
  },
  {
    name: 'a group that is left while its child waits for it already',
    *main() {
      const main = self();
      yield* taskGroup(function* (group) {
        group.createTask(awaitBoxed({ task: main }), { name: 'child' });
        yield* others();
      });
    },
    kind: 'circle',
    verdict: [
      "  Task 'main' at main waits for 1 task of a group",
      "  Task 'child' at awaitBoxed waits for Task 'main'",
    ],
  },
  {
    name: 'a group whose child waits for what comes after the group',
    *main() {
      const finished = new Event();
      yield* taskGroup(function* (group) {
        group.createTask(until(finished.wait()), { name: 'child' });
      });
      finished.set();
    },
    kind: 'stalled',
    verdict: [
      "* Task 'main' waits for 1 task of a group",
      '  at main',
      "  * Task 'child' waits for wait() of <Event [unset, waiters:1]>",
      '    at until',
    ],
  },
  {
    name: 'a task that awaits itself',
    *main() {
      yield* self();
    },
    kind: 'circle',
    verdict: [],
  },
  {
    name: 'a task that awaits itself by way of three others',
    *main() {
      const box = { task: self() };
      const third = createTask(awaitBoxed(box), { name: 'third' });
      const second = createTask(until(third), { name: 'second' });
      const first = createTask(until(second), { name: 'first' });
      yield* others();
      yield* first;
    },
    kind: 'circle',
    verdict: [
      "  Task 'main' at main waits for Task 'first'",
      "  Task 'first' at until waits for Task 'second'",
      "  Task 'second' at until waits for Task 'third'",
      "  Task 'third' at awaitBoxed waits for Task 'main'",
    ],
  },
  {
    name: 'an event that nobody sets',
    *main() {
      yield* new Event().wait();
    },
    kind: 'stalled',
    verdict: ["* Task 'main' waits for wait() of <Event [unset, waiters:1]>", '  at main'],
  },
  {
    name: 'a future that nobody completes',
    *main() {
      yield* new Future<void>();
    },
    kind: 'stalled',
    verdict: ["* Task 'main' waits for a Future that nobody has completed", '  at main'],
  },
  {
    name: 'gathered tasks that wait for each other’s event',
    *main() {
      const [a, b] = [new Event(), new Event()];
      const each = function* each(mine: Event, other: Event): Coroutine<void> {
        yield* other.wait();
        mine.set();
      };
      yield* gather([createTask(each(a, b), { name: 'a' }), createTask(each(b, a), { name: 'b' })]);
    },
    kind: 'stalled',
    verdict: [
      "* Task 'main' waits for gather() of 2, 2 left",
      '  at main',
      "  * Task 'a' waits for wait() of <Event [unset, waiters:1]>",
      '    at each',
      "  * Task 'b' waits for wait() of <Event [unset, waiters:1]>",
      '    at each',
    ],
  },
  {
    name: 'wait() for a future that never comes',
    *main() {
      const done = new Future<void>();
      done.setResult();
      yield* wait([done, new Future<void>()]);
    },
    kind: 'stalled',
    verdict: ["* Task 'main' waits for wait() for 1 of 2 futures", '  at main'],
  },
  {
    name: 'asCompleted() over a task that never ends',
    *main() {
      const stuck = createTask(until(new PriorityQueue<number>().get()), { name: 'stuck' });
      for (const next of asCompleted([stuck])) yield* next;
    },
    kind: 'stalled',
    verdict: [
      "* Task 'main' waits for asCompleted(), 1 left",
      '  at main',
      "  * Task 'stuck' waits for get() of <PriorityQueue maxsize=0 _getters[1]>",
      '    at until',
    ],
  },
  {
    name: 'a shield around a stuck task',
    *main() {
      yield* shield(createTask(until(new LifoQueue<number>().get()), { name: 'stuck' }));
    },
    kind: 'stalled',
    verdict: [
      "* Task 'main' waits for shield(Task 'stuck')",
      '  at main',
      "  * Task 'stuck' waits for get() of <LifoQueue maxsize=0 _getters[1]>",
      '    at until',
    ],
  },
  {
    name: 'group.start() of a task that never says it has started',
    *main() {
      yield* taskGroup(function* body(group) {
        yield* group.start(function* silent(_started: (value: number) => void) {
          yield* new Event().wait();
        });
      });
    },
    kind: 'stalled',
    verdict: [
      "* Task 'main' waits for the start of Task 'Task-N'",
      '  at main',
      '  at body',
      "  * Task 'Task-N' waits for wait() of <Event [unset, waiters:1]>",
      '    at silent',
    ],
  },
  {
    name: 'an event that nobody sets, beside a daemon that goes on',
    *main() {
      createTask(
        (function* heartbeat(): Coroutine<void> {
          for (;;) yield* sleep(5);
        })(),
        { name: 'heartbeat', daemon: true },
      );
      yield* new Event().wait();
    },
    kind: 'stalled',
    verdict: [
      "* Task 'main' waits for wait() of <Event [unset, waiters:1]>",
      '  at main',
      "* Task 'heartbeat' (daemon) waits for sleep(5)",
      '  at heartbeat',
    ],
  },
  {
    name: 'a stream reader that nobody feeds',
    *main() {
      yield* new StreamReader().readLine();
    },
    kind: 'stalled',
    verdict: ["* Task 'main' waits for readLine() of <StreamReader waiting=readLine>", '  at main'],
  },
];
