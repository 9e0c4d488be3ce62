/**
 * Step 4: a task, so that many coroutines can take turns.
 *
 *     node --import tsx examples/book/4-task.ts
 *
 * A task takes a coroutine forward one step at a time, and knows what it waits for: it hangs a callback on that future, which
 * remembers the result for the next step. Tasks put themselves on a list; to run them is to step each of them, again and again.
 * A task is a future itself, so one task can await another.
 */

import { fileURLToPath } from 'node:url';
import { type Coroutine, Future } from './2-awaitable-future.ts';

/** Whoever keeps the list of tasks and steps them. */
export interface TaskRunner {
  registerTask(task: Task<unknown>): void;
}

/** One coroutine on its way, and the future of its result. */
export class Task<T> extends Future<T> {
  private readonly coroutine: Coroutine<T>;
  private waitingFor: Future<unknown> | null = null;
  /** What the future that we waited for came to: the next step takes it along. */
  private remembered: unknown = undefined;

  constructor(coroutine: Coroutine<T>, runner: TaskRunner) {
    super();
    this.coroutine = coroutine;
    runner.registerTask(this as Task<unknown>);
  }

  /** Goes on with the coroutine to where it waits next, or to its end. While it waits for something, nothing happens. */
  step(): void {
    if (this.isFinished() || this.waitingFor?.isFinished() === false) return;
    const step = this.coroutine.next(this.remembered);
    this.waitingFor = null;
    if (step.done === true) this.setResult(step.value);
    else this.waitFor(step.value);
  }

  private waitFor(future: Future<unknown>): void {
    this.waitingFor = future;
    future.addDoneCallback((value) => {
      this.remembered = value;
    });
  }
}

function* count(name: string, ticks: readonly Future<number>[]): Coroutine<string> {
  for (const tick of ticks) console.log(`${name} saw tick ${yield* tick}`);
  return `${name} is done`;
}

function* waitFor(other: Task<string>): Coroutine<void> {
  console.log(`the other task says: ${yield* other}`);
}

function main(): void {
  const tasks: Task<unknown>[] = [];
  const runner: TaskRunner = { registerTask: (task) => tasks.push(task) };
  // A future has room for one callback, so each counter needs futures of its own.
  const clocks = [1, 2].map(() => [new Future<number>(), new Future<number>()]);
  const counters = clocks.map((ticks, index) => new Task(count(`task ${index + 1}`, ticks), runner));
  new Task(waitFor(counters[0] as Task<string>), runner);
  for (const tick of [0, 1, 2]) {
    console.log(`round ${tick}`);
    for (const task of tasks) task.step();
    for (const ticks of clocks) ticks[tick]?.setResult(tick);
  }
  console.log(`all finished: ${tasks.every((task) => task.isFinished())}`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main();
