/** What a task tells of itself: its name, its coroutine, where that stands, a description. */

import type { Coroutine } from '../coroutines/coroutine.ts';
import type { StackFrame } from '../coroutines/probe.ts';
import { PENDING } from '../futures/future-core.ts';
import { writeLine } from '../kernel/print.ts';
import type { LoopCore } from '../loop/loop-core.ts';
import { CancelRequests } from './cancel-requests.ts';
import { claim } from './claim.ts';
import { type CoroutinePlace, describeCoroutine, formatTaskStack, taskStack } from './task-stack.ts';

let taskCount = 0;

/** @internal Where the coroutine stands: before its first step; */
export const UNSTARTED = 0;
/** @internal on the stack; */
export const STEPPING = 1;
/** @internal at a `yield*`, or past its end. */
export const SUSPENDED = 2;

/** @internal */
export abstract class TaskIdentity<T> extends CancelRequests<T> {
  protected readonly coroutine: Coroutine<T>;
  protected phase: typeof UNSTARTED | typeof STEPPING | typeof SUSPENDED = UNSTARTED;
  /** An error of ours to raise where the coroutine suspended, such as for a bare `yield`. */
  protected misuse: Error | null = null;
  /** A number as long as nobody has named it, nor asked. */
  private name: string | number;

  constructor(
    coroutine: Coroutine<T>,
    options: { readonly loop?: LoopCore | undefined; readonly name?: string | null | undefined } | undefined,
    loop: LoopCore | undefined,
  ) {
    super(options, loop);
    this.loop.checkUsable('createTask');
    this.coroutine = claim(coroutine);
    this.name = options === undefined ? ++taskCount : nameFrom(options);
  }

  /** The name given, or `Task-` and a number. */
  getName(): string {
    if (typeof this.name === 'number') this.name = `Task-${this.name}`;
    return this.name;
  }

  /** Changes the name; anything is made a string. */
  setName(name: unknown): void {
    this.name = String(name);
  }

  /** The coroutine this task steps. */
  getCoro(): Coroutine<T> {
    return this.coroutine;
  }

  /**
   * Where the coroutine is suspended or running: its frames, outermost first; those of the error for a task that failed. Empty
   * before the first step and after it has returned. Costs nothing until it is called. `asyncio.Task.get_stack`.
   * @param options `limit`: at most so many, the innermost ones; of an error the outermost ones
   */
  getStack(options?: { readonly limit?: number | null | undefined }): StackFrame[] {
    return taskStack(this, this.place(), options?.limit ?? null);
  }

  /** Prints {@link getStack} to stderr, or to another descriptor. */
  printStack(options?: {
    readonly limit?: number | null | undefined;
    readonly fd?: number | undefined;
  }): void {
    writeLine(this.loop.kernel, options?.fd ?? 2, formatTaskStack(this, this.getStack(options)));
  }

  /** @internal What messages call it. */
  label(): string {
    return `Task '${this.getName()}'`;
  }

  /** @internal */
  override describeState(): string {
    return this.state === PENDING && this.cancelling() > 0 ? 'cancelling' : super.describeState();
  }

  protected override describeDetails(): string[] {
    const details = [`name='${this.getName()}'`];
    const coroutine = describeCoroutine(this, this.place());
    if (coroutine !== '') details.push(`coro=<${coroutine}>`);
    const awaited = this.waitingOn;
    // Another task's name only: what that one waits for in its turn has no end.
    if (awaited !== null)
      details.push(`wait_for=<${awaited instanceof TaskIdentity ? awaited.label() : awaited.describe()}>`);
    return [...details, ...super.describeDetails()];
  }

  private place(): CoroutinePlace {
    if (this.state !== PENDING || this.phase === UNSTARTED || this.misuse !== null) return 'elsewhere';
    if (this.phase === SUSPENDED) return 'suspended';
    return this.loop.currentTask === this ? 'running' : 'elsewhere';
  }
}

/** Every task counts, named or not: as in asyncio. */
function nameFrom(options: { readonly name?: string | null | undefined }): string | number {
  taskCount++;
  const { name } = options;
  return name === undefined || name === null ? taskCount : String(name);
}
