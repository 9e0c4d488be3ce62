/**
 * Awaitables of one's own. Whatever has `[Symbol.iterator]` can stand behind `yield*`: with a generator method it is made of
 * others, and with a future it is woken by anything at all.
 *
 *     npm run example -- custom-awaitable
 */

import { fileURLToPath } from 'node:url';
import {
  type Awaitable,
  type Coroutine,
  createTask,
  Future,
  gather,
  getRunningLoop,
  print,
  runMain,
  type Suspension,
  sleep,
} from 'selectloop';
import { commandLine } from '../command-line.ts';

/** Made of other awaitables: counts down, and says what it is at. Awaited twice it counts twice, as a function would. */
export class Countdown implements Awaitable<string> {
  private readonly from: number;
  private readonly tell: (left: number) => void;

  constructor(from: number, tell: (left: number) => void) {
    this.from = from;
    this.tell = tell;
  }

  *[Symbol.iterator](): Generator<Suspension, string, unknown> {
    for (let left = this.from; left > 0; left--) {
      this.tell(left);
      yield* sleep(10);
    }
    return 'lift-off';
  }
}

/** Woken by anything: a value that somebody will set, for any number of tasks that wait for it, now or later. */
export class Once<T> implements Awaitable<T> {
  private value: { readonly is: T } | null = null;
  private readonly waiters = new Set<Future<T>>();

  /** @throws Error the second time */
  set(value: T): void {
    if (this.value !== null) throw new Error('it is set already');
    this.value = { is: value };
    // One that was cancelled in this very pass is still here.
    for (const waiter of this.waiters) if (!waiter.done()) waiter.setResult(value);
  }

  *[Symbol.iterator](): Generator<Suspension, T, unknown> {
    if (this.value !== null) return this.value.is;
    // One for each waiter: when a task is cancelled its future is, and that is no concern of the others.
    const waiter = new Future<T>();
    this.waiters.add(waiter);
    try {
      return yield* waiter;
    } finally {
      this.waiters.delete(waiter);
    }
  }
}

function* waitFor(once: Once<string>, name: string): Coroutine<string> {
  return `${name} got ${yield* once}`;
}

function* main(): Coroutine<void> {
  print(yield* new Countdown(3, (left) => print(String(left))));

  const news = new Once<string>();
  const readers = ['ada', 'ben', 'cleo'].map((name) => createTask(waitFor(news, name)));
  readers[1]?.cancel();
  getRunningLoop().callLater(10, () => news.set('the news'));
  const ends = yield* gather(readers, { returnExceptions: true });
  print(ends.map((end) => (end instanceof Error ? 'one was cancelled' : end)).join(', '));
  print(`whoever comes late ${yield* waitFor(news, 'too')}`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  commandLine('custom-awaitable', {});
  runMain(main);
}
