/**
 * Errors of futures and tasks that no code has looked at.
 *
 * asyncio reports them when the object is collected. Here no finalizer runs while `run()` blocks, so they are
 * kept in a registry, one per loop, and reported once: {@link REPORT_AFTER_MS} after the failure if it is a
 * task's and still nobody has awaited it, and in any case when the loop closes. The delay lets
 * `const t = createTask(f()); …; yield* t` fail in the meantime without a false report. For a task that waits
 * for several at once, the delay begins when it is woken: {@link holdReport}.
 */

import { CancelledError } from '../base/errors.ts';
import { Ring } from '../base/ring.ts';
import { isA } from '../coroutines/thrown.ts';
import { rememberedOrigin } from '../loop/creation-stack.ts';
import type { LoopCore } from '../loop/loop-core.ts';

/**
 * Long enough to get round to awaiting a task, short enough that a failing server shows up in the log.
 * Arbitrary.
 */
const REPORT_AFTER_MS = 1000;

/**
 * How many failures are kept before those that have been retrieved are swept out; then twice what is left.
 */
const PRUNE_ABOVE = 64;

/** What the registry needs of a failed future. */
export interface UnretrievedFailure {
  readonly loop: LoopCore;
  /** True until the error has been looked at. */
  unretrieved: boolean;
  /** The error. */
  readonly value: unknown;
  toString(): string;
}

/** One loop's failures, oldest first. */
class FailureRegistry {
  private readonly loop: LoopCore;
  /** When each is to be reported: `Infinity` when the loop closes. */
  private readonly failures = new Map<UnretrievedFailure, number>();
  /**
   * A ring, since a server may fail 100,000 times before the first is due, and an array's `shift` moves all
   * of them.
   */
  private readonly urgent = new Ring<{ failure: UnretrievedFailure; dueMs: number }>();
  private sweepPlanned = false;
  private pruneAbove = PRUNE_ABOVE;

  constructor(loop: LoopCore) {
    this.loop = loop;
    loop.closeActions.push(() => this.reportAll());
  }

  add(failure: UnretrievedFailure, reportSoon: boolean): void {
    const dueMs = reportSoon ? this.loop.time() + REPORT_AFTER_MS : Number.POSITIVE_INFINITY;
    this.failures.set(failure, dueMs);
    if (this.failures.size > this.pruneAbove) this.prune();
    if (!reportSoon) return;
    this.urgent.push({ failure, dueMs });
    this.planSweep();
  }

  hold(failure: UnretrievedFailure): boolean {
    const isUrgent = (this.failures.get(failure) ?? Number.POSITIVE_INFINITY) < Number.POSITIVE_INFINITY;
    if (isUrgent) this.failures.set(failure, Number.POSITIVE_INFINITY);
    return isUrgent;
  }

  /** Without this a server whose handlers fail and are looked after would keep every error for ever. */
  private prune(): void {
    for (const failure of this.failures.keys()) if (!failure.unretrieved) this.failures.delete(failure);
    this.pruneAbove = Math.max(PRUNE_ABOVE, this.failures.size * 2);
  }

  private planSweep(): void {
    const first = this.urgent.peek();
    if (first === undefined || this.sweepPlanned || this.loop.isClosed()) return;
    this.sweepPlanned = true;
    // A report is no reason for Node to stay: see reportUnretrieved().
    this.loop.callAt(first.dueMs, () => this.sweep()).unref();
  }

  private sweep(): void {
    this.sweepPlanned = false;
    const nowMs = this.loop.time();
    for (let due = this.urgent.peek(); due !== undefined && due.dueMs <= nowMs; due = this.urgent.peek()) {
      this.urgent.shift();
      // A report that was held meanwhile has another entry, or none.
      if (this.failures.get(due.failure) === due.dueMs) this.report(due.failure);
    }
    this.planSweep();
  }

  reportAll(): void {
    for (const failure of this.failures.keys()) this.report(failure);
  }

  private report(failure: UnretrievedFailure): void {
    this.failures.delete(failure);
    if (!failure.unretrieved) return;
    failure.unretrieved = false;
    const origin = rememberedOrigin(failure);
    this.loop.callExceptionHandler({
      message: `${failure.constructor.name} exception was never retrieved`,
      exception: failure.value,
      future: failure,
      ...(origin === undefined ? {} : { sourceTraceback: origin }),
    });
  }
}

const registries = new WeakMap<LoopCore, FailureRegistry>();

/**
 * Remembers a failure until it has been looked at.
 * @param reportSoon for a task: it ran on its own, so its error must not wait for the loop to close
 */
export function noteFailure(failure: UnretrievedFailure, reportSoon: boolean): void {
  // Cancellation is not a bug: a future that was cancelled has nothing to report.
  if (isA(failure.value, CancelledError)) return;
  let registry = registries.get(failure.loop);
  if (registry === undefined) {
    registry = new FailureRegistry(failure.loop);
    registries.set(failure.loop, registry);
  }
  registry.add(failure, reportSoon);
}

/** Reports now what has not been retrieved so far: the process is about to end. */
export function reportUnretrieved(loop: LoopCore): void {
  registries.get(loop)?.reportAll();
}

/**
 * Puts off the report of a failed task until the loop closes: a task waits for it together with others, and
 * will get its error. Call {@link noteFailure} once it has.
 * @returns whether there was a report to put off
 */
export function holdReport(failure: UnretrievedFailure): boolean {
  return failure.unretrieved && registries.get(failure.loop)?.hold(failure) === true;
}
