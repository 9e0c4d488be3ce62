/** An event that any number of tasks can wait for. */

import type { Coroutine } from '../coroutines/coroutine.ts';
import { refuseArguments } from './arguments.ts';
import { type Ended, GRANTED, ParkedCoroutine, ParkingLot } from './parking-lot.ts';
import { describeState, Primitive } from './primitive.ts';

/**
 * A flag that tasks can wait for. `asyncio.Event` of CPython 3.13.
 *
 *     const ready = new Event();
 *     createTask(serve(ready));
 *     yield* ready.wait();
 *
 * (Node has a global class of this name, for the DOM's events: import this one.)
 */
export class Event extends Primitive {
  private flag = false;
  private readonly waiters = new ParkingLot();

  constructor(...none: never[]) {
    super();
    refuseArguments(none, 'new Event()');
  }

  /** Whether it is set. */
  isSet(): boolean {
    return this.flag;
  }

  /** Sets it. Every waiting task is woken, even if the event is cleared again in the same pass. */
  set(): void {
    if (this.flag) return;
    this.flag = true;
    this.waiters.wakeAll();
  }

  /** Clears the flag: later waits wait for the next {@link set}. */
  clear(): void {
    this.flag = false;
  }

  /** Waits until it is set; does not suspend when it is. Returns true. */
  wait(): Coroutine<boolean> {
    return new EventWait(this, this.waiters, 'wait');
  }

  protected override describe(): string {
    return describeState(this, this.flag ? 'set' : 'unset', this.waiters.size);
  }
}

class EventWait extends ParkedCoroutine<boolean, Event> {
  protected attempt(): Ended<boolean> | null {
    return this.primitive.isSet() ? GRANTED : null;
  }

  /** Even if the flag has been cleared meanwhile. */
  protected override granted(): Ended<boolean> {
    return GRANTED;
  }
}
