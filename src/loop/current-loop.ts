/**
 * The loop that is running on this thread. A worker thread has its own copy of this module, so its own
 * answer.
 */

import { RuntimeError } from '../base/errors.ts';
import type { LoopCore } from './loop-core.ts';

let running: LoopCore | null = null;

/**
 * The loops that are guests of Node's on this thread. Between their turns Node's own code runs, and none of
 * them is the running one.
 */
const guests: LoopCore[] = [];

/** The running loop, or `null`. */
export function runningLoopOrNull(): LoopCore | null {
  return running;
}

/**
 * The running loop; between the turns of a guest, for what Node's own callbacks and async functions do, that
 * guest.
 * @throws RuntimeError outside of one, and between the turns of several
 */
export function runningLoop(call: string): LoopCore {
  return running ?? onlyGuest(call);
}

/** As {@link runningLoop}, and `null` where that throws. */
export function runningLoopOrGuest(): LoopCore | null {
  return running ?? (guests.length === 1 ? (guests[0] as LoopCore) : null);
}

/** A loop has become a guest of Node's, or is none any more. */
export function setGuest(loop: LoopCore, isGuest: boolean): void {
  const index = guests.indexOf(loop);
  if (isGuest && index < 0) guests.push(loop);
  if (!isGuest && index >= 0) guests.splice(index, 1);
}

/** Whether Node's own loop turns on this thread meanwhile: no blocking run stands in its way. */
export function nodeTurns(): boolean {
  return guests.length > 0 && (running === null || guests.includes(running));
}

/** Sets the running loop and returns the one before. */
export function setRunningLoop(loop: LoopCore | null): LoopCore | null {
  const previous = running;
  running = loop;
  return previous;
}

function onlyGuest(call: string): LoopCore {
  const [guest] = guests;
  if (guest === undefined) throw noLoop(call);
  if (guests.length === 1) return guest;
  throw new RuntimeError(
    `${call}: ${guests.length} event loops are guests of Node's here, and none has its turn. Name the loop: loop.createTask(…), { loop }.`,
  );
}

/**
 * Apart, because V8 decides by size what it compiles into a caller, and counts what never runs; so for other
 * errors on the hot path.
 */
function noLoop(call: string): RuntimeError {
  return new RuntimeError(`${call}: no event loop is running. Call it inside a coroutine given to run().`);
}
