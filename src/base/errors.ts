/**
 * Every error class of the public face, and who raises it. Errors are classed by who acted: you (state,
 * usage), the world (OSError), another task (cancellation), or the clock (TimeoutError).
 */

import { isDebugEnvironment } from './environment.ts';

/** What an {@link OSError} is about, shaped as Node's own system errors are. */
export interface OSErrorFields {
  /** Symbolic name, such as `ECONNRESET`. */
  readonly code: string;
  /** The negative error number, as in Node's own system errors. */
  readonly errno: number;
  /** The call that failed, such as `connect`. */
  readonly syscall: string;
  /** Address or path the call was about. */
  readonly address?: string | undefined;
  readonly port?: number | undefined;
}

/**
 * The operating system refused a call. Has the shape of Node's own system errors: `code`, `errno` (negative),
 * `syscall`, and `address` and `port` where the call had them.
 */
export class OSError extends Error {
  override readonly name: string = 'OSError';
  readonly code: string;
  readonly errno: number;
  readonly syscall: string;
  declare readonly address?: string;
  declare readonly port?: number;

  constructor(message: string, fields: OSErrorFields, options?: ErrorOptions) {
    super(message, options);
    this.code = fields.code;
    this.errno = fields.errno;
    this.syscall = fields.syscall;
    if (fields.address !== undefined) this.address = fields.address;
    if (fields.port !== undefined) this.port = fields.port;
  }
}

/**
 * A non-blocking call would have had to wait (EAGAIN, EWOULDBLOCK, EINPROGRESS). Try again when the socket is
 * ready.
 */
export class BlockingIOError extends OSError {
  override readonly name = 'BlockingIOError';
}

/**
 * Cancelling is everyday work and its error is rarely looked at, while capturing a stack costs more than all
 * the rest of it (measured: 10,000 tasks cancelled in 170 ms with stacks). So a CancelledError has one in
 * debug mode only.
 */
const KEEPS_CANCELLATION_STACKS = isDebugEnvironment();

/** What a {@link GaiError} is about. */
export interface GaiErrorFields extends OSErrorFields {
  /**
   * The platform's own number for it (`EAI_NONAME` and the like), which is no error number of system calls.
   */
  readonly eai: number;
  /** The name that was to be resolved, where there was one. */
  readonly hostname?: string | undefined;
}

/**
 * A name could not be resolved: getaddrinfo or getnameinfo refused. Python's `socket.gaierror`, in the shape
 * of Node's own errors: `code` is `ENOTFOUND` for a name that does not exist or has no address, else the name
 * of the number, such as `EAI_AGAIN` for a name server that cannot be reached; the message reads
 * `getaddrinfo ENOTFOUND nosuch.invalid`.
 */
export class GaiError extends OSError {
  override readonly name = 'GaiError';
  readonly eai: number;
  declare readonly hostname?: string;

  constructor(message: string, fields: GaiErrorFields, options?: ErrorOptions) {
    super(message, fields, options);
    this.eai = fields.eai;
    if (fields.hostname !== undefined) this.hostname = fields.hostname;
  }
}

/**
 * The awaiting task was cancelled. `asyncio.CancelledError`. It travels through `finally` blocks like any
 * error; code that catches everything must throw it on: see {@link isCancelled}. A cancel scope raises it
 * again where it was swallowed.
 */
export class CancelledError extends Error {
  override readonly name = 'CancelledError';
  /** What was passed to `cancel(message)`, exactly; `undefined` when nothing was. */
  readonly reason: unknown;

  constructor(reason?: unknown) {
    const limit = Error.stackTraceLimit;
    if (!KEEPS_CANCELLATION_STACKS) Error.stackTraceLimit = 0;
    super(reason === undefined || reason === null ? undefined : String(reason));
    Error.stackTraceLimit = limit;
    this.reason = reason;
  }
}

/** True for a {@link CancelledError}: `catch (error) { if (isCancelled(error)) throw error; … }`. */
export function isCancelled(error: unknown): error is CancelledError {
  return error instanceof CancelledError;
}

/**
 * A future or task was asked for something its state does not allow, such as the result of a pending one.
 * `asyncio.InvalidStateError`.
 */
export class InvalidStateError extends Error {
  override readonly name = 'InvalidStateError';
}

/**
 * A call came at a time or from a place where it cannot work, such as on a closed or already running loop.
 */
export class RuntimeError extends Error {
  override readonly name: string = 'RuntimeError';
}

/**
 * Tasks wait for what can never come. The message names each of them, the place in the source where it
 * stands, what it waits for, and who holds that. asyncio has nothing like it, and waits for ever.
 */
export class DeadlockError extends RuntimeError {
  override readonly name = 'DeadlockError';
  /**
   * `stalled`: nothing was left that could wake the loop; raised in the main coroutine of a blocking run.
   * `circle`: a task was about to wait for itself, by way of others or not; raised in that task.
   */
  readonly kind: 'stalled' | 'circle';

  /** @internal */
  constructor(kind: 'stalled' | 'circle', message: string) {
    const limit = Error.stackTraceLimit;
    // The stacks that matter are in the message. That of the loop, where it waits, would look as if it were
    // the last task's.
    if (kind === 'stalled') Error.stackTraceLimit = 0;
    super(message);
    Error.stackTraceLimit = limit;
    this.kind = kind;
  }
}

/**
 * A deadline passed: that of `timeout`, `waitFor`, `failAfter`, `asCompleted`, a TLS handshake, or a socket's
 * own timeout. `asyncio.TimeoutError`; its `code` is `ETIMEDOUT`.
 */
export class TimeoutError extends Error {
  override readonly name = 'TimeoutError';
  readonly code = 'ETIMEDOUT';
}

/** What {@link timedOut} may add. */
interface TimedOutOptions {
  /** What else helps, such as the progress that was made or the object: it stands behind the limit. */
  readonly detail?: string | undefined;
  /** The cancellation that ended the work. */
  readonly cause?: unknown;
}

/**
 * Makes every TimeoutError of this library, so that they all read alike:
 * `accept timed out after 10 ms (<Socket …>)`.
 *
 * @param what the call or the phase that had the limit, such as `waitFor` or `TLS handshake`.
 * @param limitMs the limit in milliseconds; `null` if it was a point in time rather than a duration.
 */
export function timedOut(what: string, limitMs: number | null, options: TimedOutOptions = {}): TimeoutError {
  const limit = limitMs === null ? '' : ` after ${limitMs} ms`;
  const detail = options.detail === undefined ? '' : options.detail;
  const cause = options.cause === undefined ? undefined : { cause: options.cause };
  return new TimeoutError(`${what} timed out${limit}${detail}`, cause);
}

/**
 * Ctrl-C: `run()` raises it after the main task has been cancelled and its `finally` blocks have run.
 * Python's KeyboardInterrupt.
 */
export class KeyboardInterrupt extends Error {
  override readonly name = 'KeyboardInterrupt';
  /** What a shell reports for a program ended by SIGINT. Use it as the process's exit code. */
  readonly exitCode = 130;
}

/**
 * A second waiter for one direction of one descriptor: two tasks read from it, or two write to it. The
 * message names both. Let one task do it, or give each a `dup()` of the socket. `trio.BusyResourceError`.
 */
export class BusyResourceError extends Error {
  override readonly name = 'BusyResourceError';
}

/**
 * The object was closed on this side, before or while it was used. An end that the peer made is no error, or
 * an OSError such as ECONNRESET. `trio.ClosedResourceError`.
 */
export class ClosedResourceError extends Error {
  override readonly name = 'ClosedResourceError';
}

/** A key, descriptor or object that is not registered, where it must be. Python's KeyError. */
export class KeyError extends Error {
  override readonly name = 'KeyError';
}

/** The system cannot send this file to this socket by itself. `asyncio.SendfileNotAvailableError`. */
export class SendfileNotAvailableError extends RuntimeError {
  override readonly name = 'SendfileNotAvailableError';
}

/**
 * A pool's worker died while it had a call, or the pool cannot start its workers.
 * `concurrent.futures.BrokenExecutor`.
 */
export class BrokenExecutorError extends RuntimeError {
  override readonly name = 'BrokenExecutorError';
}

/** A barrier was aborted, or reset while this task waited at it. `asyncio.BrokenBarrierError`. */
export class BrokenBarrierError extends RuntimeError {
  override readonly name = 'BrokenBarrierError';
}

/**
 * The thread that held a shared lock has ended: what the lock protects may be half changed. Mend that, then
 * call the lock's `reset()`.
 */
export class AbandonedLockError extends RuntimeError {
  override readonly name = 'AbandonedLockError';
}

/** `getNowait()` found nothing in the queue. `asyncio.QueueEmpty`. */
export class QueueEmpty extends Error {
  override readonly name = 'QueueEmpty';
}

/** `putNowait()` found no room in the queue. `asyncio.QueueFull`. */
export class QueueFull extends Error {
  override readonly name = 'QueueFull';
}

/**
 * The queue was shut down: nothing can be put any more, and there is nothing (more) to get.
 * `asyncio.QueueShutDown`.
 */
export class QueueShutDown extends Error {
  override readonly name = 'QueueShutDown';
}

/**
 * A stream ended before the requested bytes or the separator had arrived. `asyncio.IncompleteReadError`. For
 * a count the message is asyncio's; for a separator asyncio says "on a total of undefined expected bytes",
 * and this says what ended.
 */
export class IncompleteReadError extends Error {
  override readonly name = 'IncompleteReadError';
  /** The bytes that did arrive. */
  readonly partial: Buffer;
  /** How many bytes were requested; `null` if the read was for a separator. */
  readonly expected: number | null;

  constructor(partial: Buffer, expected: number | null) {
    super(
      expected === null
        ? `the stream ended after ${partial.length} more bytes, before the separator`
        : `${partial.length} bytes read on a total of ${expected} expected bytes`,
    );
    this.partial = partial;
    this.expected = expected;
  }
}

/** A separator was not found within the reader's limit. `asyncio.LimitOverrunError`. */
export class LimitOverrunError extends Error {
  override readonly name = 'LimitOverrunError';
  /** How many bytes can be taken from the stream without cutting a separator in two. */
  readonly consumed: number;

  constructor(message: string, consumed: number) {
    super(message);
    this.consumed = consumed;
  }
}
