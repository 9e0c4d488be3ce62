/**
 * Producers and consumers with a queue between them: it holds few items, so that producers cannot run ahead, and its end is
 * the end of the consumers.
 *
 *     npm run example -- producer-consumer --producers 2 --consumers 3
 */

import { fileURLToPath } from 'node:url';
import { type Coroutine, gather, getRunningLoop, print, Queue, runMain, sleep, taskGroup } from 'selectloop';
import { VirtualClock } from 'selectloop/testing';
import { commandLine, flag, wholeNumber } from '../command-line.ts';

export interface Plan {
  readonly producers: number;
  readonly consumers: number;
  /** Of each producer. */
  readonly items: number;
  readonly room: number;
  readonly produceMs: number;
  readonly consumeMs: number;
}

/** What came of it. */
export interface Account {
  readonly consumed: readonly string[];
  /** The most that ever waited in the queue. */
  readonly longestQueue: number;
  readonly elapsedMs: number;
}

export function* produceAndConsume(plan: Plan): Coroutine<Account> {
  const startMs = getRunningLoop().time();
  const queue = new Queue<string>(plan.room);
  const consumed: string[] = [];
  let longestQueue = 0;

  const produce = function* (producer: number): Coroutine<void> {
    for (let item = 1; item <= plan.items; item++) {
      yield* sleep(plan.produceMs);
      yield* queue.put(`${producer}.${item}`); // Waits while the queue is full.
      longestQueue = Math.max(longestQueue, queue.qsize());
    }
  };
  const consume = function* (item: string): Coroutine<void> {
    yield* sleep(plan.consumeMs);
    consumed.push(item);
  };

  yield* taskGroup(function* (group) {
    for (let consumer = 0; consumer < plan.consumers; consumer++) group.createTask(queue.each(consume));
    yield* gather(Array.from({ length: plan.producers }, (_, producer) => produce(producer + 1)));
    // No more will come: `each` ends when the rest is done.
    queue.shutdown();
  });
  return { consumed, longestQueue, elapsedMs: getRunningLoop().time() - startMs };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { virtual, ...plan } = commandLine('producer-consumer', {
    producers: wholeNumber(2, 'how many tasks produce', { least: 1 }),
    consumers: wholeNumber(3, 'how many tasks consume', { least: 1 }),
    items: wholeNumber(20, 'how many items each produces'),
    room: wholeNumber(5, 'how many items may wait', { least: 1 }),
    produceMs: wholeNumber(10, 'how long an item takes to produce'),
    consumeMs: wholeNumber(40, 'how long it takes to consume'),
    virtual: flag('let time pass at once whenever all wait'),
  });
  const account = runMain(() => produceAndConsume(plan), virtual ? { clock: new VirtualClock() } : {});
  if (account !== undefined) {
    const { consumed, longestQueue, elapsedMs } = account;
    print(`${consumed.length} items in ${Math.round(elapsedMs)} ms; ${longestQueue} waited at most`);
  }
}
