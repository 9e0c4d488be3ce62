/**
 * A loop of one's own: its time runs faster, and it keeps account of its tasks. Programs do not notice; the loop is handed to
 * `run`. (A loop from nothing, on bare selectors, is what the steps of the book build: examples/book.)
 *
 *     npm run example -- custom-loop --speed 100
 */

import { fileURLToPath } from 'node:url';
import {
  type Clock,
  type Coroutine,
  EventLoop,
  gather,
  getRunningLoop,
  type Instrument,
  print,
  runMain,
  sleep,
} from 'selectloop';
import type { WaitingLoop } from 'selectloop/testing';
import { commandLine, wholeNumber } from '../command-line.ts';

/** Nobody waits longer than this for an event before the loop looks around again. */
const LONGEST_WAIT_MS = 60_000;

/** Time that passes so many times as fast. */
class FastClock implements Clock {
  private readonly startMs = performance.now();
  private readonly speed: number;

  constructor(speed: number) {
    this.speed = speed;
  }

  nowMs(): number {
    return (performance.now() - this.startMs) * this.speed;
  }

  /** Real events still come, and end the wait. */
  wait(loop: WaitingLoop, timeoutMs: number): number {
    return loop.selector.poll(timeoutMs < 0 ? LONGEST_WAIT_MS : Math.ceil(timeoutMs / this.speed));
  }
}

export class FastLoop extends EventLoop {
  /** Tasks that have ended, by how. */
  readonly ends = { done: 0, cancelled: 0 };

  constructor(speed: number) {
    super({ clock: new FastClock(speed) });
    const account: Instrument = {
      taskDone: (task) => {
        this.ends[task.cancelled() ? 'cancelled' : 'done']++;
      },
    };
    this.addInstrument(account);
  }
}

/** Ten tasks that sleep for a minute of the loop's time. @returns how long that was, on its clock */
export function* main(): Coroutine<number> {
  const startMs = getRunningLoop().time();
  yield* gather(Array.from({ length: 10 }, () => sleep(60_000)).map(awaited));
  return getRunningLoop().time() - startMs;
}

/** So that each is a task, and is counted. */
function* awaited(work: Coroutine<void>): Coroutine<void> {
  yield* work;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { speed } = commandLine('custom-loop', {
    speed: wholeNumber(100, 'how many times as fast time passes', { least: 1 }),
  });
  const loop = new FastLoop(speed);
  const elapsedMs = runMain(main, { loopFactory: () => loop });
  if (elapsedMs !== undefined)
    print(`${Math.floor(elapsedMs / 1000)} s on the loop's clock, ${loop.ends.done} tasks done`);
}
