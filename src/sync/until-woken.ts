/** The simplest wait: always suspends, and ends when it is woken. */

import { type Ended, GRANTED, ParkedCoroutine, type ParkingLot } from './parking-lot.ts';
import type { Primitive } from './primitive.ts';

/** Waits until its lot wakes it. */
export class UntilWoken extends ParkedCoroutine<boolean> {
  /** Whether it was woken, even if its task was then cancelled before it could take notice. */
  woken = false;
  private readonly callName: string;

  constructor(primitive: Primitive, lot: ParkingLot, callName: string) {
    super(primitive, lot);
    this.callName = callName;
  }

  override awaken(): void {
    this.woken = true;
    super.awaken();
  }

  protected attempt(): null {
    return null;
  }

  protected granted(): Ended<boolean> {
    return GRANTED;
  }

  protected gaveUp(): void {}

  protected call(): string {
    return this.callName;
  }
}
