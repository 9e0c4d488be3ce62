/**
 * Level-triggered cancellation: a stretch of a coroutine that can be ended as a whole.
 *
 * | state    | entered by     | cancel(), or the deadline passes                                     | leaves to |
 * |----------|----------------|----------------------------------------------------------------------|-----------|
 * | created  | construction   | remembered: the body runs to its first suspension, and ends there     | active    |
 * | active   | run(body)      | every suspension inside, and in groups opened inside, raises          | finished  |
 * | finished | the body's end | nothing                                                              | –         |
 *
 * What suspending does, by what is pending for the task ("in sight": not beyond a shield):
 *
 * | Task.cancel pending | cancelled scope in sight | a suspension                                                          |
 * |---------------------|--------------------------|-----------------------------------------------------------------------|
 * | no                  | no                       | waits                                                                 |
 * | no                  | yes                      | cancels what it was to wait for, and raises in the next pass; each time |
 * | yes                 | no or yes                | the same, with the task's own error, which no scope absorbs; once     |
 * | yes, behind a shield| –                        | as if it were not pending; it is raised after the shield              |
 *
 * - A task that is suspended when its scope is cancelled is woken once, by cancelling what it waits for. One
 *   that is running, or has a result and is about to run, goes on: it is raised at its next suspension. So no
 *   result is lost, and a new task takes its first step.
 * - An await that need not suspend (a done future, data that is there) never raises. If what was cancelled
 *   for a scope delivers a result all the same (a task that refused to end), that result is what the await
 *   returns; the next suspension raises.
 * - The error belongs to the outermost cancelled scope in sight when it is raised, and that scope alone
 *   absorbs it, when its body ends with it: {@link CancelScope.cancelledCaught}. A body that ends in any
 *   other way keeps its result or error.
 * - Both at once: Task.cancel wins. Where a scope's error has replaced the task's own on its way out (raised
 *   in a `finally`), or the task's own is still to be raised, the scope raises that instead of absorbing.
 * - A shield keeps out everything from outside: scopes, Task.cancel(), timeouts and groups that were opened
 *   further out.
 *
 * No callback schedules itself again and again here: the error is raised in a task that refuses to end once
 * for each of its suspensions, in the next pass of the loop as for any other, and a task that waits behind a
 * shield costs nothing.
 */

import { RuntimeError } from '../base/errors.ts';
import type { AwaitableInput, Coroutine } from '../coroutines/coroutine.ts';
import { describeValue } from '../coroutines/misuse.ts';
import { runningLoop } from '../loop/current-loop.ts';
import type { LoopCore } from '../loop/loop-core.ts';
import type { TimerHandle } from '../loop/timer-handle.ts';
import { awaitBody } from './await-body.ts';
import { CancelNode, type CancelTarget } from './cancel-tree.ts';
import { ScopeCancelledError } from './scope-cancelled-error.ts';

/** Options of {@link CancelScope}. */
export interface CancelScopeOptions {
  /** When to cancel, on the clock of `loop.time()`. Default: never (`Infinity`). */
  readonly deadlineMs?: number | undefined;
  /** Keep out cancellation that comes from outside of the scope. Default: false. */
  readonly shield?: boolean | undefined;
  /** @internal The name of what the user has called, for messages. */
  readonly call?: string | undefined;
}

/**
 * A stretch of a coroutine that can be cancelled as a whole: inside, every suspension raises CancelledError
 * until the body has ended, and then {@link run} returns as if nothing had happened. Follows trio's
 * `CancelScope`.
 *
 *     const scope = new CancelScope();
 *     stopButton.onPress(() => scope.cancel());
 *     yield* scope.run(function* () {
 *       for (;;) yield* handleNext();
 *     });
 *     if (scope.cancelledCaught) print('stopped');
 *
 * Usually one of `moveOnAfter`, `failAfter`, `shielded` is what you want.
 */
export class CancelScope extends CancelNode {
  private state: 'created' | 'active' | 'finished' = 'created';
  private loop: LoopCore | null = null;
  private deadline: number;
  private timer: TimerHandle | null = null;
  /** @internal The error that ended the body, once it has been absorbed. */
  caughtError: ScopeCancelledError | null = null;
  private directCancelsBefore = 0;
  private readonly call: string;

  constructor(options: CancelScopeOptions = {}) {
    super();
    this.deadline = checkedDeadline(options.deadlineMs ?? Number.POSITIVE_INFINITY);
    this.shielding = options.shield ?? false;
    this.call = options.call ?? 'CancelScope.run';
  }

  /**
   * Cancels everything inside, now and until it has ended. Later calls change nothing.
   * @param reason what the CancelledErrors carry as their `reason`
   */
  cancel(reason?: unknown): void {
    if (this.state !== 'finished') this.request(reason);
  }

  /** Whether the scope was cancelled, by {@link cancel} or by its deadline, whatever came of it. */
  get cancelCalled(): boolean {
    // A task that has computed past the deadline learns it here, not when the loop's timers next run.
    if (this.loop !== null && this.loop.time() >= this.deadline) this.cancel(DEADLINE_REASON);
    return this.requested;
  }

  /** Whether the body was ended by this scope's cancellation. */
  get cancelledCaught(): boolean {
    return this.caughtError !== null;
  }

  /**
   * When the scope cancels itself, on the clock of `loop.time()`; `Infinity` for never. May be set at any
   * time.
   */
  get deadlineMs(): number {
    return this.deadline;
  }

  set deadlineMs(whenMs: number) {
    this.deadline = checkedDeadline(whenMs);
    if (this.state === 'active') this.arm();
  }

  /** Whether cancellation from outside of the scope stops here. May be set at any time. */
  get shield(): boolean {
    return this.shielding;
  }

  set shield(shield: boolean) {
    this.setShield(Boolean(shield));
  }

  /**
   * Runs `body` inside the scope; once for each scope.
   *
   * @param body gets the scope; a coroutine function, or a function that returns something to await
   * @returns the body's result, or `undefined` when the scope's cancellation ended it
   * @throws what the body throws; RuntimeError when the scope was used before, or outside of a task
   */
  *run<T>(body: (scope: this) => AwaitableInput<T>): Coroutine<T | undefined> {
    this.enter();
    let failing = false;
    try {
      return yield* awaitBody(body, this, this.call);
    } catch (error) {
      failing = true;
      if (!this.isOurs(error)) throw error;
      failing = false;
      this.caughtError = error;
      return undefined;
    } finally {
      this.leave(failing);
    }
  }

  override toString(): string {
    const notes = [this.state as string];
    if (this.deadline !== Number.POSITIVE_INFINITY) notes.push(`deadline=${this.deadline.toFixed(3)}`);
    if (this.shielding) notes.push('shielded');
    if (this.requested) notes.push(this.cancelledCaught ? 'cancelled and caught' : 'cancelled');
    return `<CancelScope ${notes.join(' ')}>`;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }

  private enter(): void {
    if (this.state !== 'created') {
      throw new RuntimeError(`${this}: a scope runs one body, once. Make a new CancelScope for each use.`);
    }
    const { loop, target } = currentTarget(this.call);
    this.state = 'active';
    this.loop = loop;
    this.host = target;
    this.directCancelsBefore = target.directCancelCount();
    this.moveTo(target.innermost);
    if (this.shielding) target.enteringShield();
    target.innermost = this;
    this.arm();
  }

  /** @param failing an error is on its way out: it must not be hidden by one of ours */
  private leave(failing: boolean): void {
    const target = this.host as CancelTarget;
    this.state = 'finished';
    this.loop = null;
    this.timer?.cancel();
    this.detach();
    // A scope inside may not have been left because that failed, too: after a stack overflow.
    if (target.innermost !== this && !failing) {
      throw new RuntimeError(
        `${this}: left before a scope that was opened inside it. Scopes must end in the reverse order of their beginning.`,
      );
    }
    target.innermost = this.parent;
    target.shieldsChanged();
  }

  /** Whether `error` is to end here. Raises the task's own cancellation where it would be lost. */
  private isOurs(error: unknown): error is ScopeCancelledError {
    if (!(error instanceof ScopeCancelledError) || !error.isOf(this)) return false;
    const cancelled = (this.host as CancelTarget).takeDirectCancel(this.directCancelsBefore);
    if (cancelled !== null) throw cancelled;
    return true;
  }

  /** Sets the timer for the deadline as it now is. */
  private arm(): void {
    this.timer?.cancel();
    this.timer = null;
    const loop = this.loop as LoopCore;
    if (this.requested || this.deadline === Number.POSITIVE_INFINITY) return;
    if (this.deadline <= loop.time()) this.cancel(DEADLINE_REASON);
    else this.timer = loop.callAt(this.deadline, () => this.cancel(DEADLINE_REASON));
  }
}

/** The `reason` of the errors when it was the deadline. */
const DEADLINE_REASON = 'the deadline passed';

function checkedDeadline(whenMs: number): number {
  if (typeof whenMs === 'number' && !Number.isNaN(whenMs)) return whenMs;
  throw new TypeError(
    `CancelScope: deadlineMs must be a number of milliseconds on the clock of loop.time(), got ${describeValue(whenMs)}`,
  );
}

/** What a task offers so that scopes can be opened in it. */
interface Cancellable {
  cancelTarget(): CancelTarget;
}

/**
 * The running loop and the target that its current task is.
 * @throws RuntimeError outside of a running loop, or in a plain callback
 */
function currentTarget(call: string): { readonly loop: LoopCore; readonly target: CancelTarget } {
  const loop = runningLoop(call);
  const task = loop.currentTask as Partial<Cancellable> | null;
  if (task?.cancelTarget === undefined) {
    throw new RuntimeError(
      `${call}: there is no current task. Use it inside a coroutine, not in a callback.`,
    );
  }
  return { loop, target: task.cancelTarget() };
}
