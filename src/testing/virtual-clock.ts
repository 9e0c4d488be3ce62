/** Time that passes only while everybody waits. */

import { RuntimeError } from '../base/errors.ts';
import { LONGEST_WAIT_MS } from '../kernel/waits.ts';
import type { Clock, WaitingLoop } from '../loop/clock.ts';

/**
 * A clock for tests: when no task can run it jumps to the next timer, so that hours of timeouts pass in
 * microseconds and always in the same order.
 *
 *     const clock = new VirtualClock();
 *     run(function* () { yield* sleep(3_600_000); }, { clock });      // returns at once
 *
 * Real descriptors still work, but time does not wait for them: use it with code that does no real I/O. When
 * every task waits and no timer is set nothing can ever happen; that is an error here, with the list of the
 * waiting tasks, and not a test that hangs.
 */
export class VirtualClock implements Clock {
  private now: number;

  /** @param startMs what the clock shows at first */
  constructor(startMs = 0) {
    this.now = startMs;
  }

  /** What the clock shows, in milliseconds. */
  nowMs(): number {
    return this.now;
  }

  /** Moves time forward, as if the running code had taken so long. @throws RangeError for going back */
  advance(durationMs: number): void {
    if (!(durationMs >= 0))
      throw new RangeError(`VirtualClock.advance: time does not go back (${durationMs} ms)`);
    this.now += durationMs;
  }

  /** The loop's wait: see {@link Clock}. @throws RuntimeError when nothing can ever happen */
  wait(loop: WaitingLoop, timeoutMs: number): number {
    const { selector } = loop;
    const readyCount = selector.poll(0);
    if (readyCount > 0 || timeoutMs === 0) return readyCount;
    if (timeoutMs > 0) {
      this.now += timeoutMs;
      return 0;
    }
    if (selector.getMap().size > 0) return selector.poll(LONGEST_WAIT_MS);
    throw new RuntimeError(
      `Nothing can ever happen: no timer is set, and everybody waits.\n${describeTasks(loop)}`,
    );
  }
}

function describeTasks(loop: WaitingLoop): string {
  const tasks = loop.liveTasks.snapshot();
  return tasks.length === 0 ? '(no task is alive)' : tasks.map((task) => `  ${String(task)}`).join('\n');
}
