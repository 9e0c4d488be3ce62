/**
 * An API that takes coroutine functions and plain functions alike: a small bus of events, whose subscribers are what they like.
 *
 *     npm run example -- either-kind
 */

import { fileURLToPath } from 'node:url';
import { type AnyFunction, type Coroutine, gather, print, runMain, sleep, toCoroutine } from 'selectloop';
import { commandLine } from '../command-line.ts';

type Subscriber<Event> = (event: Event) => Coroutine<unknown>;

export class Bus<Event> {
  private readonly subscribers = new Set<Subscriber<Event>>();

  /** @param subscriber a plain function, or a coroutine function; in a guest also an async one. @returns what ends the subscription */
  subscribe(subscriber: AnyFunction<[Event], unknown>): () => void {
    // The one place that knows of the two kinds.
    const each = toCoroutine(subscriber);
    this.subscribers.add(each);
    return () => this.subscribers.delete(each);
  }

  /** Tells all of them, side by side; returns when the last is done. What one throws the others do not notice. */
  *publish(event: Event): Coroutine<Error[]> {
    const told = [...this.subscribers].map((subscriber) => subscriber(event));
    const ends = yield* gather(told, { returnExceptions: true });
    return ends.filter((end) => end instanceof Error);
  }
}

function* main(): Coroutine<void> {
  const bus = new Bus<string>();
  bus.subscribe((event) => print(`at once: ${event}`));
  bus.subscribe(function* (event) {
    yield* sleep(20);
    print(`later: ${event}`);
  });
  const leave = bus.subscribe(() => {
    throw new Error('not today');
  });
  for (const error of yield* bus.publish('hello')) print(`failed: ${error.message}`);
  leave();
  print(`${(yield* bus.publish('bye')).length} failed`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  commandLine('either-kind', {});
  runMain(main);
}
