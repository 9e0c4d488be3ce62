/** One function, many items: `Executor.map`. */

import { requireOptions } from '../base/arguments.ts';
import { timedOut } from '../base/errors.ts';
import { checkedTime } from '../cancellation/deadlines.ts';
import { describeValue } from '../coroutines/misuse.ts';
import { Future, type FutureSource } from '../futures/future.ts';
import { PENDING } from '../futures/future-state.ts';
import { runningLoop } from '../loop/current-loop.ts';
import type { LoopCore } from '../loop/loop-core.ts';
import type { TimerHandle } from '../loop/timer-handle.ts';
import type { FunctionReference } from './function-reference.ts';
import type { WorkerPool } from './worker-pool.ts';

/** Options of `map`. */
export interface MapOptions {
  /**
   * How many items one message to a worker carries. Many small calls are much faster in chunks. Default: 1.
   */
  readonly chunkSize?: number | undefined;
  /**
   * How many chunks may be under way at a time. More items are taken from the iterable as chunks are done.
   * Default: all items are taken at once.
   */
  readonly bufferSize?: number | undefined;
  /** When it fails with TimeoutError, in milliseconds from the call. Default: never. */
  readonly timeoutMs?: number | null | undefined;
}

/** The implementation of `map`. */
export function mapCalls(
  pool: WorkerPool,
  reference: FunctionReference,
  items: Iterable<unknown>,
  options: MapOptions,
): Future<unknown[]> {
  if (typeof (items as Partial<Iterable<unknown>> | null)?.[Symbol.iterator] !== 'function') {
    throw new TypeError(`map: an iterable of items is needed, got ${describeValue(items)}`);
  }
  requireOptions('map', 'map(fn, items, { chunkSize: 16 })', options);
  return new Mapping(pool, reference, items[Symbol.iterator](), {
    chunkSize: positive('chunkSize', options.chunkSize ?? 1),
    bufferSize: positive('bufferSize', options.bufferSize ?? Number.POSITIVE_INFINITY),
    timeoutMs: checkedTime(options.timeoutMs ?? null, 'map', 'timeoutMs'),
  }).outer;
}

function positive(name: string, value: number): number {
  if (value === Number.POSITIVE_INFINITY || (Number.isInteger(value) && value > 0)) return value;
  throw new RangeError(`map: ${name} must be a whole number greater than 0, got ${value}`);
}

class Mapping implements FutureSource {
  readonly outer: Future<unknown[]>;
  private readonly loop: LoopCore;
  private readonly pool: WorkerPool;
  private readonly reference: FunctionReference;
  private readonly items: Iterator<unknown>;
  private readonly limits: { chunkSize: number; bufferSize: number };
  private readonly underWay = new Set<Future<unknown>>();
  private readonly results: unknown[][] = [];
  private readonly timer: TimerHandle | null;
  private doneCount = 0;
  private isExhausted = false;

  constructor(
    pool: WorkerPool,
    reference: FunctionReference,
    items: Iterator<unknown>,
    limits: { chunkSize: number; bufferSize: number; timeoutMs: number | null },
  ) {
    const { timeoutMs } = limits;
    const loop = runningLoop('map');
    this.loop = loop;
    this.pool = pool;
    this.reference = reference;
    this.items = items;
    this.limits = limits;
    this.outer = new Future<unknown[]>({ loop });
    this.outer.source = this;
    const expire = (): void => this.end(timedOut('map', timeoutMs));
    this.timer = timeoutMs === null ? null : loop.callLater(timeoutMs, expire);
    try {
      this.fill();
    } catch (error) {
      // As submit() would: what cannot be begun throws.
      this.abandoned();
      throw error;
    }
  }

  /** Nobody wants the results any more. */
  abandoned(): void {
    this.timer?.cancel();
    for (const chunk of [...this.underWay]) chunk.cancel();
    if (this.isExhausted) return;
    this.isExhausted = true;
    // In a callback: what user code throws here is reported, and hides no error and no cancellation.
    this.loop.callSoon(() => this.items.return?.());
  }

  describe(): string {
    return `map of ${this.reference.name || 'a function'}(), ${this.doneCount} chunks done, ${this.underWay.size} under way`;
  }

  private fill(): void {
    while (!this.isExhausted && this.underWay.size < this.limits.bufferSize) {
      const chunk = this.nextChunk();
      if (chunk.length > 0) this.begin(chunk);
    }
    if (this.isExhausted && this.underWay.size === 0 && this.outer.state === PENDING) {
      this.timer?.cancel();
      this.outer.setResult(this.results.flat());
    }
  }

  private nextChunk(): unknown[] {
    const chunk: unknown[] = [];
    while (chunk.length < this.limits.chunkSize) {
      const next = this.nextItem();
      if (next.done === true) {
        this.isExhausted = true;
        break;
      }
      chunk.push(next.value);
    }
    return chunk;
  }

  /** An iterator that throws has ended. */
  private nextItem(): IteratorResult<unknown> {
    try {
      return this.items.next();
    } catch (error) {
      this.isExhausted = true;
      throw error;
    }
  }

  private begin(chunk: unknown[]): void {
    const index = this.results.push([]) - 1;
    const future = this.pool.submit(this.reference, chunk, true);
    this.underWay.add(future);
    future.addDoneCallback(() => this.chunkDone(future, index));
  }

  private chunkDone(future: Future<unknown>, index: number): void {
    this.underWay.delete(future);
    // Looked at in any case: an error that comes too late is nobody's.
    const failure = future.failed() || future.cancelled() ? future.failure() : null;
    if (this.outer.state !== PENDING) return;
    if (failure !== null) {
      this.end(failure);
      return;
    }
    this.results[index] = future.result() as unknown[];
    this.doneCount++;
    try {
      this.fill();
    } catch (error) {
      this.end(error);
    }
  }

  private end(error: unknown): void {
    if (this.outer.state === PENDING) this.outer.fail(error);
    this.abandoned();
  }
}
