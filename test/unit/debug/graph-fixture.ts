/** A small family of tasks, each waiting in its own way, on a loop in virtual time. */

import type { Coroutine } from '../../../src/coroutines/coroutine.ts';
import { createTask, Event, gather, Lock, sleep, type Task, taskGroup } from '../../../src/index.ts';
import { virtualLoop } from '../loop/virtual-loop.ts';

export interface Family {
  readonly main: Task<unknown>;
  readonly gathering: Task<unknown>;
  readonly holder: Task<unknown>;
  readonly second: Task<unknown>;
  readonly idle: Task<unknown>;
}

/** Calls `look` while main waits for a group of two, one of which gathers a task and a lock's next holder. */
export function withFamily(look: (family: Family) => void): void {
  const { loop } = virtualLoop();
  const lock = new Lock();
  function* holding(): Coroutine<void> {
    yield* lock.with(() => sleep(10));
  }
  function* idling(): Coroutine<void> {
    yield* idleDeep();
  }
  function* idleDeep(): Coroutine<void> {
    yield* new Event().wait();
  }
  function* gatherBoth(holder: Task<void>, second: Task<void>): Coroutine<void> {
    yield* gather([holder, second]);
  }
  function* opening(): Coroutine<void> {
    const holder = createTask(holding(), { name: 'holder' });
    const second = createTask(holding(), { name: 'second' });
    const idle = createTask(idling(), { name: 'idle' });
    yield* taskGroup(function* (group) {
      const gathering = group.createTask(gatherBoth(holder, second), { name: 'gathering' });
      loop.callLater(5, () => look({ main, gathering, holder, second, idle }));
    });
    idle.cancel();
  }
  const main = loop.createTask(opening(), { name: 'main' });
  loop.runUntilComplete(main);
}
