/**
 * How a loop that rests inside Node's learns that there is something new to look at: a callback, a sooner
 * timer, a stop, a waiter that came or went. Armed by the guest driver when a turn ends, and disarmed by the
 * first of them, so that it is called once for a rest and never during a turn. A blocking run never arms it,
 * and pays one comparison.
 *
 *     if (wake.armed !== null) wake.fire();
 */
export class WakeHook {
  armed: (() => void) | null = null;

  /** Wakes the loop, if it rests. */
  fire(): void {
    const wake = this.armed;
    this.armed = null;
    wake?.();
  }
}
