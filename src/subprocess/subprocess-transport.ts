/**
 * A child process: its end, its pipes, and the protocol that is called for both.
 *
 * | state   | entered by                             | returncode | signals      | leaves to                           |
 * |---------|----------------------------------------|------------|--------------|-------------------------------------|
 * | running | construction                           | null       | are sent     | ending, exited                      |
 * | ending  | {@link endWithin}                      | null       | are sent     | exited; killed when the time is up  |
 * | exited  | its end was seen, and it was reaped    | a number   | OSError ESRCH| closed, when all pipes are closed   |
 * | closed  | connectionLost has been called         | a number   | OSError ESRCH| –                                   |
 *
 * A loop that is closed before kills what is left, and reaps it: no child outlives its loop. One that is
 * ending gets the rest of its time then.
 */

import { isInterrupt } from '../coroutines/thrown.ts';
import { Future } from '../futures/future.ts';
import { addWaiter, wakeWaiters } from '../futures/waiter-list.ts';
import { ECHILD, ESRCH } from '../kernel/errno.ts';
import { check } from '../kernel/os-error.ts';
import type { LoopCore } from '../loop/loop-core.ts';
import type { ReadinessWaiter } from '../loop/readiness-waiter.ts';
import type { Runnable } from '../loop/ready-queue.ts';
import type { TimerHandle } from '../loop/timer-handle.ts';
import { type SignalInput, signalNumber } from '../signals/signal-handlers.ts';
import { watchReturned } from '../transports/async-callback.ts';
import {
  type BaseProtocol,
  type BaseTransport,
  reportProtocolError,
  requireProtocol,
} from '../transports/base.ts';
import { forgetOpen, type OpenResource, rememberOpen } from '../transports/open-resources.ts';
import type { ReadTransport, WriteTransport } from '../transports/transport.ts';
import { blockUntilEnd, killNow } from './child-end.ts';
import { ChildPipes } from './child-pipes.ts';
import { describeReturncode, processGone } from './errors.ts';
import { checkedSize, type TerminalSize } from './options.ts';
import type { SpawnedChild } from './spawn-child.ts';
import type { SubprocessProtocol } from './subprocess-protocol.ts';

/** What asyncio reports for a process that somebody else has reaped: its exit code is lost. */
const UNKNOWN_RETURNCODE = 255;

/**
 * A running process, for callbacks. `asyncio.SubprocessTransport` of CPython 3.13; `loop.subprocessExec`
 * makes it.
 */
export class SubprocessTransport implements BaseTransport, OpenResource, ReadinessWaiter, Runnable {
  /** @internal */
  readonly persistent = true;
  private readonly loop: LoopCore;
  private readonly pid: number;
  private readonly exitFd: number;
  private readonly command: string;
  private readonly pipes: ChildPipes;
  private protocol: SubprocessProtocol;
  private returncode: number | null = null;
  private closing = false;
  private finished = false;
  private waiters: Future<number>[] = [];
  private killTimer: TimerHandle | null = null;
  /** @internal */
  previousOpen: OpenResource | null = null;
  /** @internal */
  nextOpen: OpenResource | null = null;

  /** @internal @param started is completed after connectionMade */
  constructor(loop: LoopCore, protocol: SubprocessProtocol, child: SpawnedChild, started: Future<void>) {
    this.loop = loop;
    this.protocol = protocol;
    this.pid = child.pid;
    this.exitFd = child.exitFd;
    this.command = child.command;
    rememberOpen(loop, this);
    // Before the pipes: their end is reported to what exists.
    loop.io.setReader(loop.io.slotOfFd(this.exitFd), this);
    this.pipes = new ChildPipes(loop, child, {
      pipeDataReceived: (fd, data) =>
        this.call('pipeDataReceived', () => this.protocol.pipeDataReceived(fd, data)),
      pipeConnectionLost: (fd, error) => {
        this.call('pipeConnectionLost', () => this.protocol.pipeConnectionLost(fd, error));
        this.finishIfOver();
      },
      pauseWriting: () => this.call('pauseWriting', () => this.protocol.pauseWriting()),
      resumeWriting: () => this.call('resumeWriting', () => this.protocol.resumeWriting()),
    });
    // After the pipes' own beginnings, which are queued, and before anything can come from them.
    loop.callSoon(() => {
      this.call('connectionMade', () => this.protocol.connectionMade(this));
      if (!started.done()) started.setResult();
    });
  }

  /** The process number. It stays that of this process until its end has been seen. */
  getPid(): number {
    return this.pid;
  }

  /** `null` while it runs; then its exit code, or the number of the signal that ended it, negative. */
  getReturncode(): number | null {
    return this.returncode;
  }

  /**
   * The transport of a pipe.
   * @param fd 0: a WriteTransport to stdin; 1, 2: a ReadTransport of stdout or stderr
   * @returns `null` where there is no pipe
   */
  getPipeTransport(fd: 0): WriteTransport | null;
  getPipeTransport(fd: 1 | 2): ReadTransport | null;
  getPipeTransport(fd: number): BaseTransport | null;
  getPipeTransport(fd: number): BaseTransport | null {
    return this.pipes.get(fd);
  }

  /**
   * Sends a signal.
   * @param signal a number, or a name such as `'SIGUSR1'`
   * @throws OSError ESRCH when the process has ended; TypeError, RangeError if it is not a signal
   */
  sendSignal(signal: SignalInput): void {
    const signum = signalNumber(signal, 'sendSignal');
    if (this.returncode !== null) throw processGone(this.pid);
    const result = this.loop.kernel.processes.kill(this.pid, signum);
    if (result === -ESRCH) throw processGone(this.pid);
    check(result, 'kill', `process ${this.pid}`);
  }

  /** Asks it to end: SIGTERM. @throws OSError ESRCH when it has ended */
  terminate(): void {
    this.sendSignal('SIGTERM');
  }

  /** Ends it: SIGKILL. @throws OSError ESRCH when it has ended */
  kill(): void {
    this.sendSignal('SIGKILL');
  }

  /** @internal As {@link kill}. Nothing is left to do for one that somebody else has reaped. */
  ensureEnd(): void {
    const result = this.loop.kernel.processes.kill(this.pid, 9);
    if (result !== -ESRCH) check(result, 'kill', `process ${this.pid}`);
  }

  /**
   * Sets the size of its terminal; its foreground processes get SIGWINCH.
   * @throws TypeError for a process without a terminal; OSError EBADF when that is closed
   */
  resizeTerminal(size: TerminalSize): void {
    const { rows, columns } = checkedSize(size, 'resizeTerminal');
    const fd = this.pipes.terminalFd('resizeTerminal');
    check(this.loop.kernel.processes.resizeTerminal(fd, rows, columns), 'ioctl', fd);
  }

  /** Closes the pipes, and kills the process if it runs. Closing twice is harmless. */
  close(): void {
    if (this.closing) return;
    this.closing = true;
    this.pipes.close();
    if (this.returncode === null) this.loop.kernel.processes.kill(this.pid, 9);
  }

  /** As {@link close}: `using transport = …`. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** Whether {@link close} was called, or all is over. */
  isClosing(): boolean {
    return this.closing || this.finished;
  }

  /** Whom this transport calls. */
  getProtocol(): SubprocessProtocol {
    return this.protocol;
  }

  /**
   * Calls another protocol from now on; `connectionMade` is not called again.
   * @throws TypeError for what is no protocol
   */
  setProtocol(protocol: BaseProtocol): void {
    this.protocol = requireProtocol('setProtocol', protocol) as SubprocessProtocol;
  }

  /** Nothing is known by name: the other methods tell all there is. */
  getExtraInfo(_name: string, fallback: unknown = null): never {
    return fallback as never;
  }

  /** @internal A future for the end; each caller's own, to be cancelled as it likes. */
  waitForExit(): Future<number> {
    const waiter = new Future<number>({ loop: this.loop });
    if (this.returncode === null) addWaiter(this.waiters, waiter);
    else waiter.setResult(this.returncode);
    return waiter;
  }

  /**
   * @internal Closes the pipes and asks the process to end, and to go on if it is stopped; kills it when it
   * is still there after `graceMs`. Does not wait.
   */
  endWithin(graceMs: number): void {
    if (this.closing) return;
    this.closing = true;
    this.pipes.close();
    if (this.returncode !== null) return;
    this.askToEnd();
    this.killTimer = this.loop.callLater(graceMs, () => this.loop.kernel.processes.kill(this.pid, 9));
  }

  /** @internal SIGTERM reaches a stopped process only when it goes on. */
  askToEnd(): void {
    const { processes } = this.loop.kernel;
    processes.kill(this.pid, signalNumber('SIGTERM', 'terminate'));
    processes.kill(this.pid, signalNumber('SIGCONT', 'terminate'));
  }

  /** @internal The process has ended: in its turn, since the protocol is called. */
  ready(): void {
    this.loop.io.clearReader(this.loop.io.slotOfFd(this.exitFd));
    this.loop.ready.push(this);
  }

  /** @internal */
  runReady(): void {
    const { kernel, io } = this.loop;
    if (this.returncode !== null) return;
    const returncode = this.reap();
    if (returncode === null) {
      io.setReader(io.slotOfFd(this.exitFd), this);
      return;
    }
    kernel.fds.close(this.exitFd);
    this.exited(returncode);
  }

  /** @internal Only a loop that closes takes it away. */
  closed(): void {}

  /** @internal */
  describe(): string {
    return `the end of ${this}`;
  }

  /** @internal The loop is closing. */
  releaseNow(): void {
    forgetOpen(this.loop, this);
    this.closing = true;
    this.pipes.closeTerminal();
    if (this.returncode !== null) return;
    const { processes, fds } = this.loop.kernel;
    const slot = this.loop.io.findFd(this.exitFd);
    if (slot?.reader === this) this.loop.io.clearReader(slot);
    const graceMs = this.killTimer === null ? 0 : Math.max(0, this.killTimer.when() - this.loop.time());
    blockUntilEnd(this.loop.kernel, this.exitFd, graceMs);
    killNow(this.loop.kernel, this.pid, this.exitFd);
    this.returncode = this.reap();
    if (this.returncode === null) processes.abandon(this.pid);
    fds.close(this.exitFd);
  }

  toString(): string {
    const state = this.returncode === null ? 'running' : describeReturncode(this.returncode);
    return `<SubprocessTransport pid=${this.pid} ${state} ${this.pipes}: ${this.command}>`;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }

  private reap(): number | null {
    const out = new Int32Array(1);
    const result = this.loop.kernel.processes.reap(this.pid, out);
    if (result === 0) return null;
    if (result === 1) return out[0] as number;
    if (result !== -ECHILD) check(result, 'waitpid', `process ${this.pid}`);
    this.loop.callExceptionHandler({
      message: `process ${this.pid} was reaped by somebody else; ${UNKNOWN_RETURNCODE} is reported as its exit code`,
      transport: this,
    });
    return UNKNOWN_RETURNCODE;
  }

  private exited(returncode: number): void {
    this.returncode = returncode;
    this.killTimer?.cancel();
    this.killTimer = null;
    wakeWaiters(this.waiters, returncode);
    this.pipes.exited();
    this.call('processExited', () => this.protocol.processExited());
    this.finishIfOver();
  }

  private finishIfOver(): void {
    if (this.finished || this.returncode === null || this.pipes.anyOpen()) return;
    this.finished = true;
    this.pipes.closeTerminal();
    forgetOpen(this.loop, this);
    this.call('connectionLost', () => this.protocol.connectionLost(null));
  }

  private call(name: string, act: () => unknown): void {
    try {
      const returned = act();
      if (returned !== undefined)
        watchReturned(this.loop, name, returned, (error) => this.callFailed(name, error));
    } catch (error) {
      if (isInterrupt(error)) throw error;
      this.callFailed(name, error);
    }
  }

  private callFailed(name: string, exception: unknown): void {
    reportProtocolError(this.loop, this, name, exception);
  }
}
