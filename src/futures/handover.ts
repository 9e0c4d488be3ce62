/** A future that keeps its result no longer than until it is awaited. */

import { InvalidStateError } from '../base/errors.ts';
import { PROBE, type Suspension } from '../coroutines/coroutine.ts';
import { Future, type FutureObserver } from './future.ts';
import { FAILED, FINISHED, PENDING } from './future-state.ts';

const TOLD = 'The result was handed over to the first who awaited it. Keep what yield* returns.';

/** Stands for an error until somebody asks: one for each message would cost more than the message. */
const handedOver = new InvalidStateError(TOLD);

/**
 * The future of received bytes. It hands them to the first awaiter and drops them; awaiting it again throws.
 * asyncio's `sock_recv` is a coroutine, which can be awaited once, too.
 *
 * The reason is the garbage collector. A future that waits for longer than two of its small collections is
 * old by then. What an old object refers to outlives all small collections, though the object itself has long
 * been let go of: until a full one, which costs ten times as much. With 500 connections that send 100 KiB
 * each, that was a third of a server's time.
 *
 * | state     | entered by                                   | `yield*`, `result()` |
 * |-----------|----------------------------------------------|----------------------|
 * | pending   | construction                                 | wait, throw          |
 * | finished  | `setResult`; stays so where several waited   | give the result      |
 * | failed    | the first `yield*` thereafter                | throw                |
 */
export class Handover<T> extends Future<T> {
  private isShared = false;

  override addObserver(observer: FutureObserver): void {
    // Also one that comes when it is done: it is told in a pass to come, after who awaits it has it.
    if (this.state !== PENDING || this.observerCount() > 0) this.isShared = true;
    super.addObserver(observer);
  }

  override next(sent?: unknown): IteratorResult<Suspension, T> {
    if (this.state !== FINISHED || this.isShared || sent === PROBE) return super.next(sent);
    const value = this.value as T;
    this.state = FAILED;
    this.value = handedOver;
    return { done: true, value };
  }

  /** An error of this future's own, with the stack of who asked in vain. */
  override failure(): unknown {
    if (this.value === handedOver) this.value = new InvalidStateError(TOLD);
    return super.failure();
  }
}
