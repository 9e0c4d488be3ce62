/** One call of a pool. */

import { Future, type FutureSource } from '../futures/future.ts';
import { FINISHED, PENDING } from '../futures/future-state.ts';
import type { LoopCore } from '../loop/loop-core.ts';
import type { FunctionReference } from './function-reference.ts';

/** What is notified when a call's result is no longer wanted. */
export interface CallOwner {
  callAbandoned(call: Call): void;
}

let lastId = 0;

/**
 * | state   | its future | where it is         | cancelling the future                |
 * |---------|------------|---------------------|--------------------------------------|
 * | waiting | pending    | in the pool's queue | takes it off the queue               |
 * | running | pending    | with a worker       | drops its result, or ends the worker |
 * | done    | done       | nowhere             | –                                    |
 */
export class Call implements FutureSource {
  readonly id = ++lastId;
  readonly future: Future<unknown>;
  readonly reference: FunctionReference;
  readonly args: readonly unknown[];
  /** Whether `args` are items to apply the function to, one after the other. */
  readonly isChunk: boolean;
  private readonly owner: CallOwner;
  /** Where it runs; `null` while it waits. */
  worker: string | null = null;

  constructor(
    owner: CallOwner,
    loop: LoopCore,
    reference: FunctionReference,
    args: readonly unknown[],
    isChunk: boolean,
  ) {
    this.owner = owner;
    this.reference = reference;
    this.args = args;
    this.isChunk = isChunk;
    this.future = new Future<unknown>({ loop });
    this.future.source = this;
  }

  get name(): string {
    return `${this.reference.name || 'the function'}()`;
  }

  succeed(value: unknown): void {
    if (this.future.state === PENDING) this.future.settle(FINISHED, value);
  }

  fail(error: unknown): void {
    if (this.future.state === PENDING) this.future.fail(error);
  }

  abandoned(): void {
    this.owner.callAbandoned(this);
  }

  describe(): string {
    return this.worker === null ? `${this.name}, waiting for a worker` : `${this.name} on ${this.worker}`;
  }
}
