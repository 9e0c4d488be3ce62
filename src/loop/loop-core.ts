/**
 * One loop's state, and what can be scheduled on it: callbacks and timers here, readers and writers in
 * `fd-watch.ts`. It knows neither futures nor tasks nor who drives it; `EventLoop` (runtime) is this class
 * with all of those.
 *
 * | state   | entered by               | callSoon, addReader …      | run                                  |
 * |---------|--------------------------|----------------------------|--------------------------------------|
 * | idle    | construction, end of run | yes, kept for the next run | yes                                  |
 * | running | a driver                 | yes                        | refused: the loop is already running |
 * | closed  | close()                  | RuntimeError               | RuntimeError                         |
 */

import { isDebugEnvironment } from '../base/environment.ts';
import { ClosedResourceError, RuntimeError } from '../base/errors.ts';
import type { Awaitable } from '../coroutines/coroutine.ts';
import type { StackFrame } from '../coroutines/probe.ts';
import { defaultKernel } from '../kernel/default-kernel.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { PollerSelector } from '../selectors/poller-selector.ts';
import { callAll } from './call-all.ts';
import { type CallbackArguments, checkCallback, checkTime, takeContext } from './call-options.ts';
import type { Clock } from './clock.ts';
import { noteTimer } from './daemons.ts';
import { ErrorReporter } from './error-reporter.ts';
import type { ExceptionContext, ExceptionHandler } from './exception-context.ts';
import { DEBUG, GUEST, STOPPING } from './extras.ts';
import { type Callback, Handle } from './handle.ts';
import { beginInspection, environmentInspectMode, type InspectMode } from './inspect-mode.ts';
import type { LoopInstrument } from './instrument.ts';
import { addInstrument, type Instruments, removeInstrument } from './instruments.ts';
import type { IoSlot } from './io-slot.ts';
import { IoTable } from './io-waiters.ts';
import { KeepAlive } from './keep-alive.ts';
import { LiveTasks } from './live-tasks.ts';
import type { LoopOptions } from './loop-options.ts';
import { type LoopMetrics, metricsOf } from './metrics.ts';
import { ReadyQueue } from './ready-queue.ts';
import { TimerHandle, type TimerOwner } from './timer-handle.ts';
import { EntryQueue } from './timers/entry-queue.ts';
import { Timers } from './timers/timers.ts';
import { WakeHook } from './wake-hook.ts';
import { Wakers } from './wakers.ts';

/**
 * How many socket calls one step of a task lets succeed at once, without going through the selector. A task
 * whose peer always has data ready would otherwise never suspend, and nobody else would run. 64 is arbitrary:
 * enough that the cost of a pass is shared, small enough that a step stays well under a millisecond.
 * Callbacks share as many between two waits.
 */
const IMMEDIATE_CALLS_PER_STEP = 64;

/**
 * What every loop has: callbacks, timers, descriptors, error handling. `getLoop()` of futures, servers and
 * writers returns one; it is an {@link EventLoop}, which adds what coroutines use.
 */
export class LoopCore implements TimerOwner {
  /** @internal */
  readonly kernel: Kernel;
  /** @internal */
  readonly clock: Clock | null;
  /** @internal Whether the command `selectloop` may look at it. */
  readonly inspect: InspectMode;
  /** @internal */
  readonly selector: PollerSelector<IoSlot>;
  /** @internal */
  readonly io: IoTable;
  /** @internal */
  readonly wake = new WakeHook();
  /** @internal */
  readonly ready = new ReadyQueue(this.wake, (exception) =>
    this.callExceptionHandler({ message: 'Unexpected error in a step of the loop', exception }),
  );
  /** @internal */
  readonly timers = new Timers(this.ready, this);
  /** @internal What observes this loop; `null` while nothing does. */
  instruments: Instruments | null = null;
  /** In debug mode, steps and callbacks that take longer than this are reported. asyncio's 0.1 s. */
  slowCallbackDurationMs = 100;
  /** @internal The task being stepped; `currentTask()` gives it its type back. */
  currentTask: object | null = null;
  /** @internal Where the step that has just ended was slow, if somebody has looked: innermost frame first. */
  slowPlace: (() => readonly StackFrame[] | null) | null = null;
  /** @internal Makes tasks; the tasks room gives it its type back. */
  taskFactory: object | null = null;
  /** @internal Called before each wait. */
  beforeWait: (() => void) | null = null;
  /** @internal What can end a wait. */
  readonly wakers = new Wakers(this);
  /** @internal Run by {@link close}, last added first: what other rooms hold for this loop. */
  readonly closeActions: (() => void)[] = [];
  /** @internal */
  readonly liveTasks = new LiveTasks(this);
  /** @internal */
  readonly keepAlive: KeepAlive;
  /** @internal What sets it apart from a plain loop: bits of `extras.ts`. */
  extras = 0;
  /** @internal What awaits a Promise in a guest, for the rooms below futures. */
  awaitPromise: ((promise: PromiseLike<unknown>) => Awaitable<unknown>) | null = null;
  private readonly entries: EntryQueue;
  private readonly errors: ErrorReporter;
  private immediateCallsLeft = IMMEDIATE_CALLS_PER_STEP;
  private running = false;
  private closed = false;

  constructor(options: LoopOptions = {}) {
    this.kernel = options.kernel ?? defaultKernel();
    this.clock = options.clock ?? null;
    this.setDebug(options.debug ?? isDebugEnvironment());
    this.inspect = options.inspect ?? environmentInspectMode();
    this.selector = new PollerSelector<IoSlot>({
      kernel: this.kernel,
      ...(options.poller === undefined ? {} : { kind: options.poller }),
    });
    this.io = new IoTable(this.selector, this, this.wake, (context) => this.callExceptionHandler(context));
    this.keepAlive = new KeepAlive(this.timers, this.io);
    this.errors = new ErrorReporter(this, this.kernel);
    this.entries = new EntryQueue(
      this.kernel,
      (fd, waiter) => this.io.setReader(this.io.slotOfFd(fd), waiter),
      (listener) => this.callSoon(listener),
    );
  }

  /** The loop's clock: monotonic milliseconds, with fractions. Only differences mean anything. */
  time(): number {
    return this.clock === null ? this.kernel.nowMs() : this.clock.nowMs();
  }

  /**
   * Calls `callback(...args)` in the next pass of the loop, in the order of the calls.
   *
   * @param args the callback's arguments; a trailing `{ context }` names the context to run in
   * @returns a handle whose `cancel()` prevents the call
   * @throws RuntimeError when the loop is closed
   */
  callSoon<A extends unknown[]>(callback: (...args: A) => unknown, ...args: CallbackArguments<A>): Handle {
    this.checkUsable('callSoon');
    checkCallback(callback, 'callSoon', this);
    const handle = new Handle(callback, args, this, takeContext(args));
    this.ready.push(handle);
    return handle;
  }

  /**
   * Like {@link callSoon}, and ends the loop's wait. For callbacks from outside of the loop's own callbacks,
   * such as a signal handler of Node's. `loop.call_soon_threadsafe`.
   * @returns a handle whose `cancel()` prevents the call
   * @throws RuntimeError when the loop is closed
   */
  callSoonThreadsafe<A extends unknown[]>(
    callback: (...args: A) => unknown,
    ...args: CallbackArguments<A>
  ): Handle {
    const handle = this.callSoon(callback, ...args);
    this.entries.wake();
    return handle;
  }

  /**
   * Calls `callback(...args)` after `delayMs` milliseconds, never earlier. Equal deadlines keep their order.
   * @returns a timer handle: `cancel()`, `when()`
   */
  callLater<A extends unknown[]>(
    delayMs: number,
    callback: (...args: A) => unknown,
    ...args: CallbackArguments<A>
  ): TimerHandle {
    checkTime(delayMs, 'callLater', 'delayMs');
    return this.setTimer(this.time() + delayMs, callback, args, 'callLater');
  }

  /**
   * Like {@link callLater}, at an absolute time on the clock of {@link time}. `loop.call_at`.
   * @param whenMs milliseconds on that clock; a time that has passed means the next pass
   * @returns a timer handle: `cancel()`, `when()`
   * @throws RuntimeError when the loop is closed; TypeError, RangeError for what is no time
   */
  callAt<A extends unknown[]>(
    whenMs: number,
    callback: (...args: A) => unknown,
    ...args: CallbackArguments<A>
  ): TimerHandle {
    checkTime(whenMs, 'callAt', 'whenMs');
    return this.setTimer(whenMs, callback, args, 'callAt');
  }

  /**
   * Asks the running loop to return after this pass; a loop that is not running returns after one pass of its
   * next run.
   */
  stop(): void {
    this.extras |= STOPPING;
    this.wake.fire();
  }

  /** Whether it runs now. `asyncio.loop.is_running`. */
  isRunning(): boolean {
    return this.running;
  }

  /** Whether it was closed. `asyncio.loop.is_closed`. */
  isClosed(): boolean {
    return this.closed;
  }

  /** Whether it is in debug mode. `asyncio.loop.get_debug`. */
  getDebug(): boolean {
    return (this.extras & DEBUG) !== 0;
  }

  /** Switches debug mode on or off. `asyncio.loop.set_debug`. */
  setDebug(enabled: boolean): void {
    this.extras = enabled ? this.extras | DEBUG : this.extras & ~DEBUG;
  }

  /**
   * Lets `instrument` observe this loop, until {@link removeInstrument}. `trio.lowlevel.add_instrument`.
   *
   *     loop.addInstrument({ taskDone: (task) => console.error(`${task.getName()} has ended`) });
   *
   * @param instrument an object with those methods of {@link LoopInstrument} that it needs. One that throws
   *   is reported and removed
   * @throws TypeError for anything else; RuntimeError if it is set already
   */
  addInstrument(instrument: LoopInstrument): void {
    addInstrument(this, instrument);
  }

  /** Ends {@link addInstrument}. Returns whether it was set. */
  removeInstrument(instrument: LoopInstrument): boolean {
    return removeInstrument(this, instrument);
  }

  /**
   * What this loop has done since this was called for the first time, and what it has to do now. The first
   * call starts the measuring: call it when the program starts. It costs two looks at the clock in each pass.
   *
   *     const { busyMs, idleMs, lag } = loop.metrics();
   */
  metrics(): LoopMetrics {
    return metricsOf(this);
  }

  /**
   * A handle by which another thread ends this loop's wait: `defaultKernel().wake(handle)`, of
   * `selectloop/lowlevel`. A plain value that `postMessage` can send. Not in asyncio.
   */
  wakeHandle(): ReturnType<EntryQueue['handle']> {
    this.checkUsable('wakeHandle');
    return this.entries.handle();
  }

  /**
   * Calls `listener` in the loop after each wake from another thread. Returns the function that ends this.
   */
  onWake(listener: () => void): () => void {
    this.checkUsable('onWake');
    return this.entries.onWake(listener);
  }

  /** The handler in force, `null` for the default one. */
  getExceptionHandler(): ExceptionHandler<this> | null {
    return this.errors.handler;
  }

  /**
   * Sets the handler of errors that no task and no caller can receive; `null` restores the default, which
   * prints.
   */
  setExceptionHandler(handler: ExceptionHandler<this> | null): void {
    this.errors.setHandler(handler);
  }

  /** Prints the context to stderr: message, objects concerned, error with its stack. */
  defaultExceptionHandler(context: ExceptionContext): void {
    this.errors.print(context);
  }

  /** Reports an error that nobody can catch. Never throws, except an interrupt that a handler raised. */
  callExceptionHandler(context: ExceptionContext): void {
    this.errors.report(context);
  }

  /**
   * Releases what the loop holds of the system: poller, wake-up. Pending callbacks and timers are dropped,
   * and tasks that have not ended, which is reported; descriptors that were watched stay open. Closing twice
   * is harmless.
   * @throws RuntimeError while the loop is running; the first error of what has to be released, after all of
   *   it was
   */
  close(): void {
    if (this.running) {
      const remedy = this.isGuest ? 'is attached to Node. Detach it first.' : 'is running. Stop it first.';
      throw new RuntimeError(`close(): the event loop ${remedy}`);
    }
    if (this.closed) return;
    callAll(this.closing());
  }

  /** What close() does, in order. Actions may add others, such as to report the failures that they cause. */
  private *closing(): Generator<() => void, void, undefined> {
    yield* this.takeCloseActions();
    // Before it counts as closed: those who wait may have callbacks, which can still be queued though they
    // never run.
    yield () => this.io.closeAll(new ClosedResourceError('the event loop was closed'));
    yield* this.takeCloseActions();
    yield () => {
      this.closed = true;
      this.entries.close();
      this.selector.close();
      this.ready.clear();
      this.timers.clear();
    };
  }

  private *takeCloseActions(): Generator<() => void, void, undefined> {
    for (let action = this.closeActions.pop(); action !== undefined; action = this.closeActions.pop())
      yield action;
  }

  private setTimer(whenMs: number, callback: Callback, args: unknown[], call: string): TimerHandle {
    this.checkUsable(call);
    checkCallback(callback, call, this);
    const timer = new TimerHandle(whenMs, callback, args, this, takeContext(args));
    this.timers.set(timer);
    if (this.extras !== 0) noteTimer(this, timer);
    return timer;
  }

  /** @internal Handle owner. */
  callbackReturned(promise: Promise<unknown>, handle: Handle): void {
    if (this.isGuest) promise.catch((error: unknown) => handle.report(error));
    else handle.report(new TypeError(PROMISE_RETURNED));
  }

  /** @internal Handle owner. */
  timerCancelled(timer: TimerHandle): void {
    this.timers.noteCancelled(timer);
    if (this.wake.armed !== null) this.wake.fire();
  }

  /** @internal Handle owner. */
  timerChanged(timer: TimerHandle): void {
    this.timers.noteChanged(timer);
  }

  /** @internal Handle owner. */
  setTimerRef(timer: TimerHandle, isRef: boolean): void {
    this.keepAlive.setTimerRef(timer, isRef);
    this.wake.fire();
  }

  /** @internal Handle owner. */
  hasTimerRef(timer: TimerHandle): boolean {
    return this.keepAlive.hasTimerRef(timer);
  }

  /** @internal Handle owner. */
  watchRefChanged(): void {
    this.wake.fire();
  }

  /** @internal True while Node's own loop drives this one: Promises settle between its turns. */
  get isGuest(): boolean {
    return (this.extras & GUEST) !== 0;
  }

  /** @internal A step or a pass begins: socket calls may succeed at once again. */
  allowImmediateCalls(): void {
    this.immediateCallsLeft = IMMEDIATE_CALLS_PER_STEP;
  }

  /** @internal Whether a socket call may be tried at once, rather than after the selector's next word. */
  takeImmediateCall(): boolean {
    if (this.immediateCallsLeft === 0) return false;
    this.immediateCallsLeft--;
    return true;
  }

  /** @internal */
  stopRequested(): boolean {
    return (this.extras & STOPPING) !== 0;
  }

  /** @internal Whether to end the run now. */
  takeStopRequest(): boolean {
    if (!this.stopRequested()) return false;
    this.extras &= ~STOPPING;
    return true;
  }

  /** @internal Drivers only. */
  enterRun(): void {
    this.checkCanRun();
    this.running = true;
    if (this.inspect !== false || this.getDebug()) beginInspection(this);
  }

  /** @internal */
  checkCanRun(): void {
    this.checkUsable('run');
    if (this.running) throw new RuntimeError('run: this event loop is already running');
  }

  /** @internal Drivers only. */
  leaveRun(): void {
    this.running = false;
    this.extras &= ~STOPPING;
  }

  /** @internal */
  checkUsable(call: string): void {
    if (this.closed) throw loopClosed(call);
  }
}

const PROMISE_RETURNED =
  'The callback returned a Promise, which cannot settle while run() blocks. Make it a function*, and a task, or use runGuest().';

function loopClosed(call: string): RuntimeError {
  return new RuntimeError(`${call}: the event loop is closed`);
}
