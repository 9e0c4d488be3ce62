/**
 * Orders by priority: a kitchen with few cooks serves VIPs first, and within one class who came first.
 *
 *     npm run example -- priority-orders
 *
 * An order that waits long enough rises by a class, so that a stream of VIPs starves nobody.
 */

import { fileURLToPath } from 'node:url';
import {
  type Coroutine,
  getRunningLoop,
  PriorityQueue,
  print,
  runMain,
  sleep,
  sleepUntil,
  taskGroup,
} from 'selectloop';
import { VirtualClock } from 'selectloop/testing';
import { commandLine, flag, wholeNumber } from '../command-line.ts';

export const CLASSES = ['vip', 'gold', 'normal'] as const;
export type CustomerClass = (typeof CLASSES)[number];

export interface Order {
  readonly name: string;
  readonly from: CustomerClass;
  /** When it comes, from the opening on. */
  readonly atMs: number;
}

interface Queued extends Order {
  /** What it is served by, least first: the time of its arrival, later by a step for each class below the first. */
  readonly rank: number;
}

/** Serves all orders. @param riseMs how much earlier than a class above an order must come to be served before it */
export function* serveAll(
  orders: readonly Order[],
  cooks: number,
  cookMs: number,
  riseMs: number,
): Coroutine<string[]> {
  const queue = new PriorityQueue<Queued>(0, { compare: (a, b) => a.rank - b.rank });
  const served: string[] = [];
  const startMs = getRunningLoop().time();
  const cook = function* (order: Order): Coroutine<void> {
    yield* sleep(cookMs);
    served.push(order.name);
  };
  yield* taskGroup(function* (group) {
    for (let index = 0; index < cooks; index++) group.createTask(queue.each(cook));
    for (const order of [...orders].sort((a, b) => a.atMs - b.atMs)) {
      // Orders of the same moment are all there before a cook looks.
      if (order.atMs > 0) yield* sleepUntil(startMs + order.atMs);
      queue.putNowait({ ...order, rank: order.atMs + riseMs * CLASSES.indexOf(order.from) });
    }
    queue.shutdown();
  });
  return served;
}

/** A morning at the counter. */
export const morning: readonly Order[] = [
  { name: 'tea for Ada', from: 'normal', atMs: 0 },
  { name: 'toast for Ben', from: 'normal', atMs: 0 },
  { name: 'eggs for Cleo', from: 'gold', atMs: 0 },
  { name: 'cake for Dan', from: 'vip', atMs: 0 },
  { name: 'juice for Eve', from: 'vip', atMs: 150 },
  { name: 'soup for Flo', from: 'vip', atMs: 250 },
  { name: 'rice for Gus', from: 'vip', atMs: 350 },
];

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { cooks, cookMs, riseMs, virtual } = commandLine('priority-orders', {
    cooks: wholeNumber(1, 'how many cook', { least: 1 }),
    cookMs: wholeNumber(100, 'how long an order takes'),
    riseMs: wholeNumber(10_000, 'how long an order waits until it counts as one of the class above'),
    virtual: flag('let time pass at once whenever all wait'),
  });
  const served = runMain(
    () => serveAll(morning, cooks, cookMs, riseMs),
    virtual ? { clock: new VirtualClock() } : {},
  );
  for (const [index, name] of (served ?? []).entries()) print(`${index + 1}. ${name}`);
}
