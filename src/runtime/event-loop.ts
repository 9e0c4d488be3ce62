/** The loop as its users see it: asyncio's names, on the rooms below. */

import type { AddressInput } from '../addresses/address.ts';
import { RuntimeError } from '../base/errors.ts';
import { type Awaitable, type Coroutine, isCoroutineFunction } from '../coroutines/coroutine.ts';
import { driveBlocking } from '../drivers/blocking.ts';
import { Future } from '../futures/future.ts';
import type { CallbackArguments } from '../loop/call-options.ts';
import { runningLoop, runningLoopOrNull, setRunningLoop } from '../loop/current-loop.ts';
import {
  addReader,
  addWriter,
  type FileDescriptorLike,
  removeReader,
  removeWriter,
} from '../loop/fd-watch.ts';
import type { Callback, Handle } from '../loop/handle.ts';
import type { LoopOptions } from '../loop/loop-core.ts';
import type { FileInput } from '../sockets/file-source.ts';
import type { Socket } from '../sockets/socket.ts';
import { makeTask, type TaskFactory } from '../tasks/create-task.ts';
import { ensureFuture } from '../tasks/ensure-future.ts';
import type { Task, TaskOptions } from '../tasks/task.ts';
import type { Accepted } from '../verbs/accept.ts';
import type { ReceivedFrom, ReceivedFromInto } from '../verbs/receive-from.ts';
import { SocketCalls } from '../verbs/socket-verbs.ts';
import { NetworkMethods } from './network.ts';

/** How many bytes `sockRecv(sock)` asks for unless told. */
const DEFAULT_RECEIVE_BYTES = 1024;

/** A coroutine, or the function that makes it. */
export type Main<T> = Coroutine<T> | (() => Coroutine<T>);

/**
 * An event loop that blocks its thread in a real `select()`. `asyncio.AbstractEventLoop` of CPython 3.13, in milliseconds.
 *
 *     const loop = new EventLoop();
 *     const answer = loop.run(function* () {
 *       yield* sleep(10);
 *       return 42;
 *     });
 *     loop.close();
 *
 * Most programs use {@link run}, which makes a loop, runs one coroutine and closes it.
 */
export class EventLoop extends NetworkMethods {
  private readonly socketCalls: SocketCalls;

  constructor(options?: LoopOptions) {
    super(options);
    this.socketCalls = new SocketCalls(this);
  }

  /** A future of this loop. */
  createFuture<T>(): Future<T> {
    return new Future<T>({ loop: this });
  }

  /** Runs a coroutine concurrently, as a task of this loop. @throws TypeError for what is not a coroutine */
  createTask<T>(coroutine: Coroutine<T>, options?: TaskOptions): Task<T> {
    return makeTask(this, coroutine, options);
  }

  /** The function that makes this loop's tasks, `null` for the default. */
  getTaskFactory(): TaskFactory | null {
    return this.taskFactory as TaskFactory | null;
  }

  /** Sets the function that makes this loop's tasks, such as {@link eagerTaskFactory}; `null` restores the default. */
  setTaskFactory(factory: TaskFactory | null): void {
    if (factory !== null && typeof factory !== 'function') {
      throw new TypeError(
        `setTaskFactory: the task factory must be a callable or null, got ${typeof factory}`,
      );
    }
    this.taskFactory = factory;
  }

  /** Runs callbacks and tasks until {@link stop}. @throws RuntimeError when this or another loop is running on this thread */
  runForever(): void {
    requireNoOtherLoop(this);
    this.enterRun();
    const previous = setRunningLoop(this);
    try {
      driveBlocking(this);
    } finally {
      setRunningLoop(previous);
      this.leaveRun();
    }
  }

  /**
   * Runs until `awaitable` is done; returns its result or throws its error.
   * @throws RuntimeError when the loop was stopped before
   */
  runUntilComplete<T>(awaitable: Awaitable<T>): T {
    // Before a task is made of the coroutine: it must not run later, after its caller was told that it cannot.
    this.checkCanRun();
    requireNoOtherLoop(this);
    const future = ensureFuture(awaitable, { loop: this });
    let waiting = true;
    const stop = (): void => {
      // An interrupt ends the run before its callbacks ran: those that are left must not stop the next run.
      if (waiting) this.stop();
    };
    future.addDoneCallback(stop);
    try {
      this.runForever();
    } catch (error) {
      // An interrupt that the coroutine raised: its future need not tell of it too.
      if (future.failed() && future.value === error) future.unretrieved = false;
      throw error;
    } finally {
      waiting = false;
      future.removeDoneCallback(stop);
    }
    if (!future.done())
      throw new RuntimeError(`The event loop was stopped before ${future.describe()} was done.`);
    return future.result();
  }

  /** Runs one coroutine, or what a coroutine function makes, to its end; returns its result. The loop stays open. */
  run<T>(main: Main<T>): T {
    return this.runUntilComplete(coroutineOf(main, 'EventLoop.run'));
  }

  /** Steps a task made elsewhere (`new Task(...)` does this by itself). */
  registerTask(task: Task<unknown>): void {
    if (task.loop !== this) throw new RuntimeError(`registerTask: ${task} belongs to another loop`);
    if (!task.done() && !this.liveTasks.has(task)) this.liveTasks.add(task);
  }

  /**
   * Calls `callback(...args)` in each pass in which `file` is readable, until {@link removeReader}. Replaces the callback that
   * was there.
   * @throws OSError EPERM for a regular file, which is always ready; BusyResourceError while a socket verb waits for it
   */
  addReader<A extends unknown[]>(
    file: FileDescriptorLike,
    callback: (...args: A) => unknown,
    ...args: CallbackArguments<A>
  ): Handle {
    return addReader(this, file, callback as Callback, args);
  }

  /** Ends {@link addReader}. Returns whether there was a callback. */
  removeReader(file: FileDescriptorLike): boolean {
    return removeReader(this, file);
  }

  /** Like {@link addReader}, for room to write. */
  addWriter<A extends unknown[]>(
    file: FileDescriptorLike,
    callback: (...args: A) => unknown,
    ...args: CallbackArguments<A>
  ): Handle {
    return addWriter(this, file, callback as Callback, args);
  }

  /** Ends {@link addWriter}. Returns whether there was a callback. */
  removeWriter(file: FileDescriptorLike): boolean {
    return removeWriter(this, file);
  }

  /**
   * The next connection to a listening socket: `[conn, address]`, with `conn` non-blocking. When there is no descriptor left
   * it reports that once, and waits until there is one; clients wait in the backlog.
   */
  sockAccept(sock: Socket): Future<Accepted> {
    return this.socketCalls.accept(sock);
  }

  /**
   * Up to `byteCount` bytes, as soon as there are any; an empty Buffer at the end of the stream. The Buffer may share its memory
   * with others, as Node's small Buffers do; copy what you keep for long.
   * @throws OSError such as ECONNRESET; BusyResourceError when another task is receiving from it
   */
  sockRecv(sock: Socket, byteCount = DEFAULT_RECEIVE_BYTES): Future<Buffer> {
    return this.socketCalls.recv(sock, byteCount);
  }

  /** Receives into `buffer`; returns how many bytes, 0 at the end of the stream. For large data: nothing is allocated. */
  sockRecvInto(sock: Socket, buffer: Uint8Array): Future<number> {
    return this.socketCalls.recvInto(sock, buffer);
  }

  /** Sends all of `data`; done when the kernel has taken it. `data` must not change until then. */
  sockSendall(sock: Socket, data: Uint8Array): Future<void> {
    return this.socketCalls.sendall(sock, data);
  }

  /**
   * A message of up to `byteCount` bytes, and the address it came from: `[data, address]`. An empty message is no end of
   * anything. The address is `null` where the system names nobody (connected streams, unnamed unix sockets).
   * @throws OSError ECONNREFUSED when an earlier message of a connected datagram socket found nobody; BusyResourceError
   */
  sockRecvfrom(sock: Socket, byteCount: number): Future<ReceivedFrom> {
    return this.socketCalls.recvfrom(sock, byteCount);
  }

  /** As {@link sockRecvfrom}, into `buffer`, all of it unless `byteCount` says less: `[byteCount, address]`. */
  sockRecvfromInto(sock: Socket, buffer: Uint8Array, byteCount = 0): Future<ReceivedFromInto> {
    return this.socketCalls.recvfromInto(sock, buffer, byteCount);
  }

  /**
   * Sends a message to an address, which is no name; returns how many bytes were sent. `data` must not change until then.
   * @throws OSError such as EMSGSIZE, naming the address; BusyResourceError when another task is sending on it
   */
  sockSendto(sock: Socket, data: Uint8Array, address: AddressInput): Future<number> {
    return this.socketCalls.sendto(sock, data, address);
  }

  /**
   * Sends a regular file from `offset` on, `byteCount` bytes or to its end, by the system's `sendfile`; returns how many
   * bytes were sent. `file` is a descriptor, or has one in `fd`; it must stay open, and its position is neither used nor
   * moved. Where the system cannot, it is read and sent, unless `fallback` is false.
   * @throws SendfileNotAvailableError without `fallback`; OSError such as EPIPE; TypeError for what is no regular file
   */
  sockSendfile(
    sock: Socket,
    file: FileInput,
    offset = 0,
    byteCount: number | null = null,
    { fallback = true }: { readonly fallback?: boolean } = {},
  ): Future<number> {
    return this.socketCalls.sendfile(sock, file, offset, byteCount, fallback);
  }

  /** Connects; a host that is a name is resolved first. @throws OSError such as ECONNREFUSED, naming the address; GaiError */
  sockConnect(sock: Socket, address: AddressInput): Future<void> {
    return this.socketCalls.connect(sock, address);
  }

  /** Closes a socket; tasks that wait on it get an OSError that says so. */
  sockClose(sock: Socket): void {
    sock.close();
  }
}

/** One loop a thread: the other one would stand still meanwhile. */
function requireNoOtherLoop(loop: EventLoop): void {
  const other = runningLoopOrNull();
  if (other === null || other === loop) return;
  throw new RuntimeError(
    'run: cannot run this event loop while another loop is running on this thread. Use "yield*" inside a coroutine.',
  );
}

/** The coroutine that `main` is or makes. @throws TypeError with what to write instead */
export function coroutineOf<T>(main: Main<T>, call: string): Coroutine<T> {
  if (typeof main !== 'function') return main;
  if (isCoroutineFunction(main) && main.length === 0) return main();
  const made: unknown = main();
  if (typeof (made as { then?: unknown } | null)?.then === 'function') {
    throw new TypeError(
      `${call}: ${main.name || 'the function'} is async and returned a Promise, which cannot settle while run() blocks. Make it a function*.`,
    );
  }
  return made as Coroutine<T>;
}

/**
 * The event loop running on this thread. `asyncio.get_running_loop`.
 * @throws RuntimeError outside of one
 */
export function getRunningLoop(): EventLoop {
  return runningLoop('getRunningLoop') as EventLoop;
}
