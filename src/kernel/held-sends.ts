/**
 * What a loop of this thread holds back while its callbacks run, to send it together. A callback that blocks
 * the thread may wait for the answer to just that, and one that ends the process would take it along: before
 * either, it is sent. For calls of Node that block (`spawnSync`, `Atomics.wait`) nobody can do that.
 */

/** One loop's. */
export interface HeldSends {
  /** That of the loop in one of whose callbacks this one's run, as when Node's loop is turned from inside. */
  readonly outer: HeldSends | null;
  /** Sends what is held back so far. */
  flush(): void;
  /** The same, and holds nothing back any more. */
  suspend(): void;
}

/** The innermost one. */
let current: HeldSends | null = null;
let isExitWatched = false;

/** Has what is held back sent before the process, or this thread, ends by `process.exit()`. */
export function watchExit(): void {
  if (isExitWatched) return;
  isExitWatched = true;
  process.on('exit', () => {
    for (let held = current; held !== null; held = held.outer) held.suspend();
  });
}

/** The callbacks of a loop begin. Returns what is then its `outer`. */
export function beginHolding(held: HeldSends): HeldSends | null {
  const outer = current;
  current = held;
  return outer;
}

/** They have ended. */
export function endHolding(held: HeldSends): void {
  current = held.outer;
}

/** To be called before this thread is blocked. */
export function sendHeld(): void {
  for (let held = current; held !== null; held = held.outer) held.flush();
}
