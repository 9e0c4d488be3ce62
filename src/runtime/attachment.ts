/** A loop as a guest of Node's own, for as long as it is one. */

import { GuestWatch } from '../debug/deadlock-watch.ts';
import { type Failure, GuestDriver } from '../drivers/guest.ts';
import { fromPromise } from '../futures/from-promise.ts';
import { reportUnretrieved } from '../futures/unretrieved.ts';
import type { LoopCore } from '../loop/loop-core.ts';

/**
 * Loops whose failures have to be reported when the process ends, since nothing else of theirs will run any
 * more.
 */
const attachedLoops = new Set<LoopCore>();

function reportAtExit(): void {
  for (const loop of attachedLoops) reportUnretrieved(loop);
}

/** What `loop.attach()` takes. */
export interface AttachOptions {
  /** Whether the loop's work keeps the process alive. Default: true. */
  readonly ref?: boolean | undefined;
  /** See `runGuest`. Default: false. */
  readonly warnOnDeadlock?: boolean | undefined;
}

/**
 * What `loop.attach()` returns: the loop is driven by Node's own until this is detached.
 *
 * | state    | entered by                                          | the loop | `ended`          |
 * |----------|-----------------------------------------------------|----------|------------------|
 * | attached | construction                                        | running  | pending          |
 * | detached | detach(), `await using`; loop.stop()                | idle     | fulfilled        |
 * | detached | an error that ends a run, such as KeyboardInterrupt | idle     | rejected with it |
 *
 * A loop that was detached keeps its tasks and timers: it can be attached again, run, or closed.
 */
export class Attachment {
  /**
   * Settles when the loop is a guest no more. Its error, if it has one, is unhandled until somebody looks.
   */
  readonly ended: Promise<void>;
  private readonly driver: GuestDriver;
  private readonly loop: LoopCore;
  private isEnded = false;

  /** @internal Use `loop.attach()`. */
  constructor(loop: LoopCore, options: AttachOptions = {}) {
    this.loop = loop;
    let settle: (failure: Failure | null) => void = () => {};
    const settled = new Promise<Failure | null>((resolve) => {
      settle = resolve;
    });
    this.driver = new GuestDriver(loop, options.ref ?? true, (failure) => {
      this.isEnded = true;
      loop.wakers.watch = null;
      loop.awaitPromise = null;
      attachedLoops.delete(loop);
      if (attachedLoops.size === 0) process.off('exit', reportAtExit);
      settle(failure);
    });
    this.ended = settled.then((failure) => {
      if (failure !== null) throw failure.error;
    });
    loop.awaitPromise = fromPromise;
    if (options.warnOnDeadlock === true) loop.wakers.watch = new GuestWatch(loop);
    if (attachedLoops.size === 0) process.on('exit', reportAtExit);
    attachedLoops.add(loop);
  }

  /** Ends it: now, or at the end of the pass this is called in. Twice is harmless. */
  detach(): void {
    if (!this.isEnded) this.driver.detach();
  }

  /** The loop's work keeps the process alive: the default. */
  ref(): this {
    this.driver.setRef(true);
    return this;
  }

  /** The process may end whatever the loop has to do, as `unref()` of Node's own handles. */
  unref(): this {
    this.driver.setRef(false);
    return this;
  }

  /** `await using attachment = loop.attach()`: detaches, and throws what had ended it before. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.detach();
    await this.ended;
  }

  toString(): string {
    return `<Attachment ${this.isEnded ? 'ended' : 'attached'} of a loop with ${this.loop.liveTasks.size} live tasks>`;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }
}
