/**
 * The signals of one loop: bytes in a pipe that the selector watches like any other descriptor.
 *
 * | a signal is  | entered by                              | the process's disposition       | a delivery                     |
 * |--------------|-----------------------------------------|---------------------------------|--------------------------------|
 * | not ours     | construction; the last of both below    | what it was before              | –                              |
 * | interrupting | catchInterrupt (SIGINT, during a run)   | ours; the second one kills      | calls what run() gave          |
 * | handled      | handle; it hides an interrupt           | ours, then what it was before   | queues the handler's handle    |
 *
 * All signals of a loop share one pipe, opened for the first and closed after the last. A signal belongs to
 * the whole process, so to one loop at a time. What came before a handler is taken off is delivered to a
 * {@link PromptHandle}, and to an interrupt; other handles would be queued, and are cancelled.
 *
 * Node replaces our handler when JavaScript adds its first listener for a signal, and sets the default when
 * the last one is removed: both are events of `process`. It takes SIGCHLD for its first child without a word:
 * that one is looked at before each wait.
 */

import { constants } from 'node:os';
import { EBUSY } from '../kernel/errno.ts';
import { check } from '../kernel/os-error.ts';
import { Handle } from '../loop/handle.ts';
import type { LoopCore } from '../loop/loop-core.ts';
import type { ReadinessWaiter } from '../loop/readiness-waiter.ts';

const { SIGINT, SIGCHLD } = constants.signals;
/** One byte a signal. More than this many are read in the next pass. */
const READ_BYTES = 64;
/** The events with which Node may have changed a disposition. Its own listeners come first. */
const CHANGES = ['newListener', 'removeListener'] as const;

/** What a signal is to us. */
type Use = 'interrupt' | 'handler';

/**
 * A receiver's. It runs no user code, so it is called while the loop dispatches, not queued. One that is put
 * over another leaves that as it is, for when it is withdrawn.
 */
export class PromptHandle extends Handle {
  before: PromptHandle | null = null;
  isWithdrawn = false;
}

export class SignalSource implements ReadinessWaiter {
  readonly persistent = true;
  readonly keepsAlive = false;
  private readonly loop: LoopCore;
  private readonly handles = new Map<number, Handle>();
  /** A handler of ours, that wakes no task. */
  private internalHandle: Handle | null = null;
  private onInterrupt: (() => void) | null = null;
  /** What the kernel has been told. */
  private readonly watches = new Map<number, Use>();
  private readonly buffer = Buffer.alloc(READ_BYTES);
  private readFd = -1;
  private writeFd = -1;

  constructor(loop: LoopCore) {
    this.loop = loop;
  }

  /** @internal Handlers may do anything. A Ctrl-C ends the run, and nobody's wait before that. */
  get mayWake(): boolean {
    for (const handle of this.handles.values()) if (handle !== this.internalHandle) return true;
    return false;
  }

  /**
   * Queues `handle` at each `signum`, in place of the handle before. Returns 0, or `-errno`: nothing has
   * changed then.
   */
  handle(signum: number, handle: Handle): number {
    const before = this.handles.get(signum);
    this.handles.set(signum, handle);
    let watched = false;
    try {
      const result = this.update(signum, 'handler');
      watched = result === 0;
      return result;
    } finally {
      if (!watched) this.handles.delete(signum);
      else if (handle instanceof PromptHandle && before instanceof PromptHandle) handle.before = before;
      else before?.cancel();
    }
  }

  /** As {@link handle}, for a handler of this package that wakes no task; not in place of another one. */
  handleInternally(signum: number, handle: Handle): number {
    if (this.handles.has(signum)) return -EBUSY;
    this.internalHandle = handle;
    return this.handle(signum, handle);
  }

  /** Ends {@link handle}. Returns whether there was one. */
  remove(signum: number): boolean {
    const handle = this.handles.get(signum);
    if (handle === undefined) return false;
    this.update(signum, this.inherited(signum));
    this.handles.delete(signum);
    handle.cancel();
    return true;
  }

  /** Ends the handle of a receiver, be it under another one: that of nobody else. */
  withdraw(signum: number, handle: PromptHandle): void {
    handle.isWithdrawn = true;
    if (this.handles.get(signum) !== handle) return;
    let { before } = handle;
    while (before?.isWithdrawn === true) before = before.before;
    if (before === null) this.remove(signum);
    else this.handles.set(signum, before);
  }

  /**
   * Calls `onInterrupt` at the first SIGINT, unless the signal is handled, while the loop dispatches: it must
   * not run user code. Returns 0, or `-errno`.
   */
  catchInterrupt(onInterrupt: () => void): number {
    this.onInterrupt = onInterrupt;
    let watched = false;
    try {
      const result = this.update(SIGINT, this.handles.has(SIGINT) ? 'handler' : 'interrupt');
      watched = result === 0;
      return result;
    } finally {
      if (!watched) this.onInterrupt = null;
    }
  }

  /** Ends {@link catchInterrupt}; a SIGINT that the loop has not seen is delivered. */
  releaseInterrupt(): void {
    if (!this.handles.has(SIGINT)) this.update(SIGINT, null);
    this.onInterrupt = null;
  }

  /** Gives back all signals, and the pipe. */
  close(): void {
    this.onInterrupt = null;
    for (const signum of [...this.handles.keys()]) this.remove(signum);
    this.update(SIGINT, null);
  }

  /** @internal The pipe has something to read. */
  ready(): void {
    this.readSignals();
  }

  /** @internal The loop closes: it has called {@link close} before. */
  closed(): void {}

  /** @internal */
  describe(): string {
    return "the loop's own signals";
  }

  private readSignals(): number {
    const byteCount = this.loop.kernel.fds.read(this.readFd, this.buffer, 0, READ_BYTES);
    for (let i = 0; i < byteCount; i++) this.deliver(this.buffer[i] as number);
    return byteCount;
  }

  private deliver(signum: number): void {
    const handle = this.handles.get(signum);
    if (handle instanceof PromptHandle) handle.runReady();
    else if (handle !== undefined) this.loop.ready.push(handle);
    else if (signum === SIGINT) this.onInterrupt?.();
  }

  /** Brings the process's disposition in line with what is wanted. From one use to another it stays ours. */
  private update(signum: number, wanted: Use | null): number {
    if (wanted === (this.watches.get(signum) ?? null)) return 0;
    const { signals } = this.loop.kernel;
    let result = 0;
    if (wanted !== null) {
      this.openPipe();
      result = signals.watch(signum, this.writeFd, wanted === 'interrupt');
    }
    if (wanted !== null && result === 0) this.watches.set(signum, wanted);
    else if (this.watches.delete(signum)) {
      signals.restore(signum);
      // None can come any more, and what came is not lost.
      while (this.readSignals() === READ_BYTES);
    }
    if (this.watches.size === 0) this.closePipe();
    this.loop.beforeWait = this.watches.has(SIGCHLD) ? this.checkChildren : null;
    return result;
  }

  /** What remains of a signal without its handler. */
  private inherited(signum: number): Use | null {
    return signum === SIGINT && this.onInterrupt !== null ? 'interrupt' : null;
  }

  /** Somebody has begun or ended listening to an event of `process`: which may be a signal of ours. */
  private readonly checkListened = (event: string | symbol): void => {
    const signum = constants.signals[event as NodeJS.Signals] as number | undefined;
    if (signum !== undefined && this.watches.has(signum)) this.loop.kernel.signals.reassert(signum);
  };

  private readonly checkChildren = (): void => {
    // A child may have ended in between: once too often is what a handler of SIGCHLD has to bear anyway.
    if (this.loop.kernel.signals.reassert(SIGCHLD) === 1) this.deliver(SIGCHLD);
  };

  private openPipe(): void {
    if (this.readFd >= 0) return;
    const ends = new Int32Array(2);
    check(this.loop.kernel.fds.pipe(ends), 'pipe');
    [this.readFd, this.writeFd] = ends as unknown as [number, number];
    try {
      this.loop.io.setReader(this.loop.io.slotOfFd(this.readFd), this);
      for (const change of CHANGES) process.on(change, this.checkListened);
    } catch (error) {
      this.closePipe();
      throw error;
    }
  }

  private closePipe(): void {
    if (this.readFd < 0) return;
    for (const change of CHANGES) process.removeListener(change, this.checkListened);
    const { fds } = this.loop.kernel;
    const slot = this.loop.io.findFd(this.readFd);
    if (slot !== undefined) this.loop.io.clearReader(slot);
    fds.close(this.readFd);
    fds.close(this.writeFd);
    this.readFd = -1;
    this.writeFd = -1;
  }
}

const sources = new WeakMap<LoopCore, SignalSource>();

/** The signals of a loop, which gives them back when it closes. */
export function signalsOf(loop: LoopCore): SignalSource {
  let source = sources.get(loop);
  if (source === undefined) {
    source = new SignalSource(loop);
    sources.set(loop, source);
    loop.closeActions.push(source.close.bind(source));
  }
  return source;
}

/** The signals of a loop, if it ever had any. */
export function knownSignalsOf(loop: LoopCore): SignalSource | undefined {
  return sources.get(loop);
}
