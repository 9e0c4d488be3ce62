/** A callback with a time: what `callLater` and `callAt` return. */

import type { Context } from '../base/context.ts';
import { type Callback, Handle, type HandleOwner } from './handle.ts';

/** What a timer needs of its loop. */
export interface TimerOwner extends HandleOwner {
  /** A timer has been cancelled, which may have run before. */
  timerCancelled(timer: TimerHandle): void;
  /** A timer's callback is to run in another context than it was set with. */
  timerChanged(timer: TimerHandle): void;
  /** Whether Node is to stay for a timer, when the loop is its guest. */
  setTimerRef(timer: TimerHandle, isRef: boolean): void;
  hasTimerRef(timer: TimerHandle): boolean;
}

/**
 * A callback that runs when its time has come. `asyncio.TimerHandle` of CPython 3.13. Handles compare by
 * their time: `a < b` when `a` comes first.
 */
export class TimerHandle extends Handle {
  declare protected readonly owner: TimerOwner;
  /** @internal Milliseconds on the loop's clock. */
  readonly whenMs: number;
  /** @internal Where its loop keeps it, and the number it has there: see `TimerSlots`. */
  slot = -1;
  /** @internal */
  sequence = -1;

  /** @internal Use `loop.callAt` or `loop.callLater`. */
  constructor(
    whenMs: number,
    callback: Callback,
    args: readonly unknown[],
    owner: TimerOwner,
    context: Context | null = null,
  ) {
    super(callback, args, owner, context);
    this.whenMs = whenMs;
  }

  /**
   * @internal What has to be kept to run it: just the callback (and the context), or the handle, which knows
   *   more.
   */
  work(): Callback | this {
    return this.callback !== null && this.args.length === 0 && this.origin === null ? this.callback : this;
  }

  /** When the callback is due, in milliseconds on the clock of `loop.time()`. */
  when(): number {
    return this.whenMs;
  }

  override cancel(): void {
    super.cancel();
    this.owner.timerCancelled(this);
  }

  override getContext(): Context {
    const context = super.getContext();
    this.owner.timerChanged(this);
    return context;
  }

  /** In guest mode: Node need not stay for this timer. As `unref()` of Node's own timers. */
  unref(): this {
    this.owner.setTimerRef(this, false);
    return this;
  }

  /** Undoes {@link unref}. */
  ref(): this {
    this.owner.setTimerRef(this, true);
    return this;
  }

  /** Whether Node stays for this timer, in guest mode; true by default. */
  hasRef(): boolean {
    return this.owner.hasTimerRef(this);
  }

  /** The time, so that `<` and `>` compare handles. */
  override valueOf(): number {
    return this.whenMs;
  }

  protected override describeDetails(): string[] {
    return [`when=${this.whenMs}`];
  }
}
