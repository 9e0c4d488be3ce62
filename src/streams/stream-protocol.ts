/** Between a transport and the two ends that coroutines use: feeds the reader, holds the writer back. */

import { OSError } from '../base/errors.ts';
import { type Coroutine, isCoroutine } from '../coroutines/coroutine.ts';
import { PROMISE_REMEDY } from '../coroutines/misuse.ts';
import { isInterrupt } from '../coroutines/thrown.ts';
import { fromPromise } from '../futures/from-promise.ts';
import { Future, type FutureObserver } from '../futures/future.ts';
import { FAILED, FINISHED } from '../futures/future-state.ts';
import { isPromiseLike } from '../futures/promise-bridge.ts';
import { addWaiter, wakeWaiters } from '../futures/waiter-list.ts';
import { ECONNRESET } from '../kernel/errno.ts';
import { runningLoop } from '../loop/current-loop.ts';
import type { LoopCore } from '../loop/loop-core.ts';
import { spawn } from '../tasks/create-task.ts';
import type { Task } from '../tasks/task.ts';
import type { BaseTransport } from '../transports/base.ts';
import { type Borrowing, Protocol, type TakesLastBytes } from '../transports/protocol.ts';
import type { Transport } from '../transports/transport.ts';
import { isDisconnect } from './is-disconnect.ts';
import type { StreamReader } from './stream-reader.ts';
import { StreamWriter } from './stream-writer.ts';

/**
 * Serves a connection: a coroutine function, which runs as a task of its own, or a plain one.
 *
 *     function* handle(reader: StreamReader, writer: StreamWriter): Coroutine<void> { … }
 */
export type ClientConnected = (reader: StreamReader, writer: StreamWriter) => unknown;

/** Options of {@link StreamReaderProtocol}. */
export interface StreamReaderProtocolOptions {
  /** Serves the connection; for the side that was connected to. */
  readonly clientConnected?: ClientConnected | undefined;
  /** Where to keep the tasks of `clientConnected` while they run. */
  readonly handlers?: Set<Task<unknown>> | undefined;
  /** Default: the running loop. */
  readonly loop?: LoopCore | undefined;
}

/**
 * The protocol behind a {@link StreamReader} and a {@link StreamWriter}. `asyncio.StreamReaderProtocol` of
 * CPython 3.13.
 *
 * | state  | entered by        | drain()                              | waitClosed()                 |
 * |--------|-------------------|--------------------------------------|------------------------------|
 * | open   | connectionMade    | returns                              | waits                        |
 * | paused | pauseWriting      | waits for resumeWriting, or the end  | waits                        |
 * | lost   | connectionLost    | OSError ECONNRESET, or what broke it | returns, or throws the error |
 *
 * A connection whose handler has ended, and whose peer has sent its last byte, is closed: nobody would, and
 * here no finalizer does.
 */
export class StreamReaderProtocol extends Protocol implements FutureObserver, Borrowing, TakesLastBytes {
  private readonly reader: StreamReader;
  private readonly loop: LoopCore;
  private readonly clientConnected: ClientConnected | null;
  private readonly handlers: Set<Task<unknown>> | null;
  /** @internal The reader hands them out before it throws. */
  readonly takesLastBytes = true;
  /** @internal Whether the transport has asked for a pause. */
  paused = false;
  /** @internal */
  lost = false;
  private error: Error | null = null;
  private drainWaiters: Future<void>[] | null = null;
  private closeWaiters: Future<void>[] | null = null;
  private eofReceivedYet = false;
  private handlerEnded = false;

  constructor(reader: StreamReader, options: StreamReaderProtocolOptions = {}) {
    super();
    this.reader = reader;
    this.loop = options.loop ?? runningLoop('new StreamReaderProtocol()');
    this.clientConnected = options.clientConnected ?? null;
    this.handlers = options.handlers ?? null;
  }

  /** @internal */
  get isServerSide(): boolean {
    return this.clientConnected !== null;
  }

  /** @internal Transport. */
  override connectionMade(transport: BaseTransport): void {
    this.reader.setTransport(transport);
    if (this.clientConnected === null) return;
    // What serves a connection can write to it: only whole connections are accepted.
    const writer = new StreamWriter(transport as Transport, this, this.reader, this.loop);
    try {
      const result = this.clientConnected(this.reader, writer);
      if (isCoroutine(result)) this.runHandler(result);
      else if (isPromiseLike(result) && this.loop.isGuest) this.runHandler(fromPromise(result));
      else if (isPromiseLike(result)) {
        throw new TypeError(
          `The client_connected function is async and returned a Promise. ${PROMISE_REMEDY}`,
        );
      }
    } catch (error) {
      if (isInterrupt(error)) throw error;
      this.handlerFailed(error);
    }
  }

  /** @internal Transport. */
  override connectionLost(error: Error | null): void {
    this.lost = true;
    this.error = error;
    if (error === null) this.reader.feedEof();
    else this.reader.setException(error);
    for (const waiter of [...(this.drainWaiters ?? []), ...(this.closeWaiters ?? [])]) this.settle(waiter);
    this.drainWaiters = null;
    this.closeWaiters = null;
  }

  /** @internal Transport. */
  override dataReceived(data: Buffer): void {
    this.reader.feedData(data);
  }

  /** @internal Transport. */
  get isBorrowing(): boolean {
    return this.reader.source.isBorrowing;
  }

  /** @internal Transport. */
  readable(): void {
    this.reader.source.readable();
  }

  /** @internal Transport. */
  override eofReceived(): boolean {
    this.eofReceivedYet = true;
    this.reader.feedEof();
    return !this.handlerEnded;
  }

  /** @internal Transport. */
  override pauseWriting(): void {
    this.paused = true;
  }

  /** @internal Transport. */
  override resumeWriting(): void {
    this.paused = false;
    if (this.drainWaiters !== null) wakeWaiters(this.drainWaiters, undefined);
  }

  /**
   * @internal A future for room in the transport; `null` when there is room.
   * @throws OSError when the connection is lost
   */
  waitForRoom(): Future<void> | null {
    if (this.lost) throw lossError(this.error);
    if (!this.paused) return null;
    const waiter = new Future<void>({ loop: this.loop });
    this.drainWaiters ??= [];
    addWaiter(this.drainWaiters, waiter);
    return waiter;
  }

  /** Whether somebody waits, who is told when the connection is lost. */
  protected get isAwaited(): boolean {
    return [...(this.drainWaiters ?? []), ...(this.closeWaiters ?? [])].some((waiter) => !waiter.done());
  }

  /** @internal A future for the end of the connection. */
  waitForEnd(): Future<void> {
    const waiter = new Future<void>({ loop: this.loop });
    if (this.lost) this.settle(waiter);
    else {
      this.closeWaiters ??= [];
      addWaiter(this.closeWaiters, waiter);
    }
    return waiter;
  }

  private settle(waiter: Future<void>): void {
    if (waiter.done()) return;
    // Not `fail`: the error is the reader's too, and not to be reported where only the end was of interest.
    if (this.error === null) waiter.settle(FINISHED, undefined);
    else waiter.settle(FAILED, this.error);
  }

  /** @internal The task of the handler is done. */
  futureDone(task: Task<unknown>): void {
    this.loop.callSoon(() => this.afterHandler(task));
  }

  private runHandler(coroutine: Coroutine<unknown>): void {
    const task = spawn(this.loop, coroutine);
    this.handlers?.add(task);
    // This itself, rather than a callback: there is one for each connection.
    task.addObserver(this);
  }

  private afterHandler(task: Task<unknown>): void {
    this.handlers?.delete(task);
    this.handlerEnded = true;
    if (task.failed()) this.handlerFailed(task.exception());
    else if (task.cancelled() || this.eofReceivedYet) this.reader.transport?.close();
  }

  private handlerFailed(error: unknown): void {
    // There since connectionMade, which began the handler; another one if the handler began TLS.
    const transport = this.reader.transport as BaseTransport;
    this.loop.callExceptionHandler({
      message: 'Unhandled exception in client_connected callback',
      exception: error,
      transport,
    });
    transport.close();
  }
}

/** What a write to a lost connection throws: what broke it, if that is more than the peer that went away. */
function lossError(cause: Error | null): Error {
  if (cause !== null && !isDisconnect(cause)) return cause;
  const fields = { code: 'ECONNRESET', errno: -ECONNRESET, syscall: 'write' };
  return new OSError('write ECONNRESET (connection lost)', fields, cause === null ? undefined : { cause });
}
