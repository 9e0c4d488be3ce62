/** The loop as its users see it: asyncio's names, each a line over the room that implements it. */

import type { AddressInput } from '../addresses/address.ts';
import { RuntimeError } from '../base/errors.ts';
import type { Awaitable, Coroutine } from '../coroutines/coroutine.ts';
import * as executors from '../executors/default-executor.ts';
import type { CallResult, Executor } from '../executors/executor.ts';
import { type LoopCalls, offerCalls } from '../executors/loop-calls.ts';
import type { ThreadPoolExecutor } from '../executors/thread-pool.ts';
import { Future } from '../futures/future.ts';
import type { CallbackArguments } from '../loop/call-options.ts';
import { runningLoop } from '../loop/current-loop.ts';
import * as watch from '../loop/fd-watch.ts';
import type { Callback, WatchHandle } from '../loop/handle.ts';
import { LoopCore } from '../loop/loop-core.ts';
import type { LoopOptions } from '../loop/loop-options.ts';
import type { AddressHints, AddressInfo } from '../names/address-query.ts';
import type { NameInfo } from '../names/lookup-answer.ts';
import type { NameQueryAddress } from '../names/name-query.ts';
import * as names from '../resolvers/resolve-name.ts';
import type { Resolver } from '../resolvers/resolver.ts';
import * as signals from '../signals/signal-handlers.ts';
import type { FileInput, FilePart } from '../sockets/file-source.ts';
import type { Socket } from '../sockets/socket.ts';
import * as subprocesses from '../subprocess/spawn.ts';
import * as tasks from '../tasks/create-task.ts';
import type { Task } from '../tasks/task.ts';
import type { TaskOptions } from '../tasks/task-options.ts';
import type { SSLContext } from '../tls/ssl-context.ts';
import type { BaseProtocol } from '../transports/base.ts';
import * as pipes from '../transports/connect-pipe.ts';
import * as connections from '../transports/create-connection.ts';
import * as datagrams from '../transports/create-datagram-endpoint.ts';
import * as servers from '../transports/create-server.ts';
import type { PipeLike } from '../transports/pipe.ts';
import type { DatagramProtocol, Protocol, StreamProtocol } from '../transports/protocol.ts';
import { sendFile } from '../transports/send-file.ts';
import type { Server } from '../transports/server.ts';
import { startTls } from '../transports/tls/start-tls.ts';
import type { ServerTlsOptions, StartTlsOptions } from '../transports/tls/tls-options.ts';
import type { DatagramTransport, ReadTransport, Transport, WriteTransport } from '../transports/transport.ts';
import type { Accepted } from '../verbs/accept.ts';
import type { ReceivedFrom, ReceivedFromInto } from '../verbs/receive-from.ts';
import { SocketVerbs } from '../verbs/socket-verbs.ts';
import { Attachment, type AttachOptions } from './attachment.ts';
import { completed, runForever, runMainOn, runUntilComplete } from './run-loop.ts';

/** A connection made: its transport and its protocol, after `connectionMade`. */
type Connected<T, P> = Coroutine<[transport: T, protocol: P]>;

/**
 * An event loop that blocks its thread in a real `select()`. `asyncio.AbstractEventLoop` of CPython 3.13, in
 * milliseconds.
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
export class EventLoop extends LoopCore {
  private readonly socketVerbs: SocketVerbs;

  constructor(options?: LoopOptions) {
    super(options);
    this.socketVerbs = new SocketVerbs(this);
  }

  // Running.

  /**
   * Runs callbacks and tasks until {@link stop}. `asyncio.loop.run_forever`.
   * @throws RuntimeError if this or another loop is running on this thread
   */
  runForever(): void {
    runForever(this);
  }

  /**
   * Runs until `awaitable` is done. `asyncio.loop.run_until_complete`.
   *
   * @returns its result
   * @throws its error; RuntimeError if the loop was stopped before it was done
   */
  runUntilComplete<T>(awaitable: Awaitable<T>): T {
    return runUntilComplete(this, awaitable);
  }

  /**
   * Runs one coroutine, or what a function makes, such as `() => gather([…])`, and returns its result. The
   * loop stays open.
   */
  run<T>(main: Coroutine<T> | (() => Awaitable<T>)): T {
    return runMainOn(this, main);
  }

  /**
   * Completes immediately: coroutines are generators, whose `finally` blocks run when their task ends. A hook
   * for subclasses: `run()` and `Runner.close` call it. `asyncio.loop.shutdown_asyncgens`.
   */
  shutdownAsyncgens(): Future<void> {
    return completed(this);
  }

  /**
   * Makes this loop a guest of Node's own: Node drives it from now on, and Promises, timers and everything
   * else of Node's go on beside it. For frameworks; most programs use {@link runGuest}. Returns at once; the
   * loop's first turn comes in the next iteration of Node's loop. Until it is detached the loop counts as
   * running.
   *
   *     await using attachment = loop.attach();
   *     await loop.createTask(serve());
   *
   * @throws RuntimeError if the loop runs, is closed, or cannot be a guest: on the `poll` backend, with a
   *   clock of its own
   */
  attach(options?: AttachOptions): Attachment {
    return new Attachment(this, options);
  }

  // Futures and tasks.

  /** A future of this loop. */
  createFuture<T>(): Future<T> {
    return new Future<T>({ loop: this });
  }

  /**
   * Runs a coroutine concurrently, as a task of this loop. `asyncio.loop.create_task`.
   * @param work a coroutine, or a `function*` without parameters
   * @throws TypeError for anything else
   */
  createTask<T>(work: Coroutine<T> | (() => Coroutine<T>), options?: TaskOptions): Task<T> {
    return tasks.makeTask(this, work, options);
  }

  /** The function that makes this loop's tasks, `null` for the default. */
  getTaskFactory(): tasks.TaskFactory | null {
    return this.taskFactory as tasks.TaskFactory | null;
  }

  /**
   * Sets the function that makes this loop's tasks, such as {@link eagerTaskFactory}; `null` restores the
   * default.
   * @throws TypeError for anything else
   */
  setTaskFactory(factory: tasks.TaskFactory | null): void {
    this.taskFactory = tasks.checkTaskFactory(factory);
  }

  /**
   * Steps a task made elsewhere (`new Task(...)` does this by itself).
   * @throws RuntimeError for another loop's task
   */
  registerTask(task: Task<unknown>): void {
    if (task.loop !== this) throw new RuntimeError(`registerTask: ${task} belongs to another loop`);
    if (!task.done() && !this.liveTasks.has(task)) this.liveTasks.add(task);
  }

  // Executors.

  /**
   * Calls `fn(...args)` in a worker of `executor`, by default on a thread of the loop's default executor.
   * `asyncio.loop.run_in_executor`.
   *
   *     const digest = yield* loop.runInExecutor(pool, work.hash, password);
   *
   * @param fn one of `executor.module(url)`, or a self-contained function: see {@link toThread}
   * @throws RuntimeError after {@link shutdownDefaultExecutor}; TypeError for anything that is not an
   *   executor
   */
  runInExecutor<A extends unknown[], R>(
    executor: Executor | null,
    fn: (...args: A) => R,
    ...args: A
  ): Future<CallResult<R>> {
    return executors.runInExecutor(this, executor, fn, args);
  }

  /**
   * Sets the pool that {@link runInExecutor} and {@link toThread} use by default. It ends with the loop.
   * `asyncio.loop.set_default_executor`.
   * @throws TypeError for anything that is not a ThreadPoolExecutor
   */
  setDefaultExecutor(executor: ThreadPoolExecutor): void {
    executors.setDefaultExecutor(this, executor);
  }

  /**
   * Waits until the calls of the default executor are done and its threads are gone. From now on the loop has
   * no default executor. `run()` and `Runner.close` call it after {@link shutdownAsyncgens}.
   * `asyncio.loop.shutdown_default_executor`.
   * @param timeoutMs after this time the threads are terminated, and that is reported; by default never
   */
  shutdownDefaultExecutor(timeoutMs: number | null = null): Future<void> {
    return executors.shutdownDefaultExecutor(this, timeoutMs);
  }

  /**
   * Lets workers of pools call these functions by name: see {@link runCoroutineThreadsafe}. Each call runs as
   * a task of this loop.
   * @returns a function that ends this
   * @throws KeyError for a name that is offered already
   */
  offerCalls(calls: LoopCalls): () => void {
    return offerCalls(this, calls);
  }

  // Descriptors.

  /**
   * Calls `callback(...args)` in each pass in which `file` is readable, until {@link removeReader}. Replaces
   * the previous callback. `asyncio.loop.add_reader`.
   *
   * @throws OSError EPERM for a regular file, which is always ready; BusyResourceError while a socket verb
   *   waits for it
   */
  addReader<A extends unknown[]>(
    file: watch.FileDescriptorLike,
    callback: (...args: A) => unknown,
    ...args: CallbackArguments<A>
  ): WatchHandle {
    return watch.addReader(this, file, callback as Callback, args);
  }

  /** Ends {@link addReader}. Returns whether there was a callback. */
  removeReader(file: watch.FileDescriptorLike): boolean {
    return watch.removeReader(this, file);
  }

  /** Like {@link addReader}, for room to write. */
  addWriter<A extends unknown[]>(
    file: watch.FileDescriptorLike,
    callback: (...args: A) => unknown,
    ...args: CallbackArguments<A>
  ): WatchHandle {
    return watch.addWriter(this, file, callback as Callback, args);
  }

  /** Ends {@link addWriter}. Returns whether there was a callback. */
  removeWriter(file: watch.FileDescriptorLike): boolean {
    return watch.removeWriter(this, file);
  }

  // Sockets.

  /**
   * Waits for the next connection to a listening socket: `[conn, address]`, with `conn` non-blocking. If no
   * descriptor is left, it reports that once and tries again every 100 ms; clients wait in the backlog.
   * `asyncio.loop.sock_accept`.
   * @throws OSError; BusyResourceError if another task is accepting on it
   */
  sockAccept(sock: Socket): Future<Accepted> {
    return this.socketVerbs.accept(sock);
  }

  /**
   * Receives up to `byteCount` bytes, as soon as there are any. `asyncio.loop.sock_recv`. Await the future
   * once: it hands over its result and does not keep it.
   * @param byteCount at most so many bytes. Default: 1024
   * @returns the bytes; an empty Buffer at the end of the stream. It may share its memory with others, as
   *   Node's small Buffers do: copy what you keep for long
   * @throws OSError such as ECONNRESET; BusyResourceError if another task is receiving from it
   */
  sockRecv(sock: Socket, byteCount?: number): Future<Buffer> {
    return this.socketVerbs.recv(sock, byteCount);
  }

  /**
   * Like {@link sockRecv}, but large messages come in memory that the loop lends. The bytes are yours until
   * your coroutine awaits again, whatever it awaits; then the loop reuses the memory. You may send them: what
   * cannot be sent at once is copied. Copy what you keep (`Buffer.from(data)`). In debug mode the memory is
   * overwritten when the loan ends. Not in asyncio.
   *
   *     const data = yield* loop.sockRecvLent(conn, 100_000);
   *     yield* loop.sockSendall(conn, data);
   *
   * @param byteCount at most so many bytes, and at most 256 KiB at a time. Default: 1024
   * @throws OSError such as ECONNRESET; BusyResourceError if another task is receiving from it; TypeError for
   *   a socket that is no stream; RuntimeError when it is to be a task of its own
   */
  sockRecvLent(sock: Socket, byteCount?: number): Coroutine<Buffer> {
    return this.socketVerbs.recvLent(sock, byteCount);
  }

  /**
   * Receives into `buffer`. Allocates no memory for the bytes. `asyncio.loop.sock_recv_into`.
   * @returns the number of bytes, 0 at the end of the stream
   * @throws OSError such as ECONNRESET; BusyResourceError if another task is receiving from it
   */
  sockRecvInto(sock: Socket, buffer: Uint8Array): Future<number> {
    return this.socketVerbs.recvInto(sock, buffer);
  }

  /**
   * Sends all of `data`. The future is done when the kernel has taken it all. `asyncio.loop.sock_sendall`.
   * @param data not copied, unless it is lent: it must not change until the future is done
   * @throws OSError such as EPIPE, ECONNRESET; BusyResourceError if another task is sending on it
   */
  sockSendall(sock: Socket, data: Uint8Array): Future<void> {
    return this.socketVerbs.sendall(sock, data);
  }

  /**
   * Receives a message of up to `byteCount` bytes, and the address it came from: `[data, address]`. An empty
   * message does not mean the end. The address is `null` if the system reports none (connected streams,
   * unnamed unix sockets). Whoever awaits it first has it, as with {@link sockRecv}.
   * @throws OSError ECONNREFUSED if an earlier message of a connected socket reached no receiver;
   *   BusyResourceError
   */
  sockRecvfrom(sock: Socket, byteCount: number): Future<ReceivedFrom> {
    return this.socketVerbs.recvfrom(sock, byteCount);
  }

  /**
   * Like {@link sockRecvfrom}, into `buffer`, at most `byteCount` bytes (0: its size):
   * `[byteCount, address]`.
   */
  sockRecvfromInto(sock: Socket, buffer: Uint8Array, byteCount = 0): Future<ReceivedFromInto> {
    return this.socketVerbs.recvfromInto(sock, buffer, byteCount);
  }

  /**
   * Sends a message to an address (no name); returns the number of bytes sent. `data` must not change until
   * then.
   * @throws OSError such as EMSGSIZE, naming the address; BusyResourceError if another task is sending on it
   */
  sockSendto(sock: Socket, data: Uint8Array, address: AddressInput): Future<number> {
    return this.socketVerbs.sendto(sock, data, address);
  }

  /**
   * Sends a regular file by the system's `sendfile`. If the system cannot, the file is read and sent, unless
   * `fallback` is false.
   *
   * @param file a descriptor, or an object with one in `fd`; it must stay open, and its position is not moved
   * @param part where in the file to begin, and how many bytes: by default all; and options
   * @returns the number of bytes sent
   * @throws SendfileNotAvailableError without `fallback`; OSError such as EPIPE; TypeError if `file` is not a
   *   regular file
   */
  sockSendfile(sock: Socket, file: FileInput, ...part: FilePart): Future<number> {
    return this.socketVerbs.sendfile(sock, file, ...part);
  }

  /**
   * Sends a regular file through a transport, behind what was written to it. `asyncio.loop.sendfile`.
   *
   * A plain socket's transport has the system send it; until it is sent, nothing can be written. With TLS,
   * and where the system cannot, the file is read and written, unless `fallback` is false.
   *
   *     yield* loop.sendfile(transport, openSync('page.html', 'r'));
   *
   * @param file a descriptor, or an object with one in `fd`; it must stay open, and its position is not moved
   * @param part where in the file to begin, and how many bytes: by default all; and options
   * @returns the number of bytes sent
   * @throws SendfileNotAvailableError without `fallback`; ClosedResourceError, OSError if the connection ends
   *   before; RuntimeError if the transport is closing; TypeError if `file` is not a regular file
   */
  sendfile(transport: WriteTransport, file: FileInput, ...part: FilePart): Coroutine<number> {
    return sendFile(this, transport, file, ...part);
  }

  /**
   * Connects a socket. A host that is a name is resolved first, without blocking the loop.
   * `asyncio.loop.sock_connect`.
   * @throws OSError such as ECONNREFUSED, naming the address; GaiError
   */
  sockConnect(sock: Socket, address: AddressInput): Future<void> {
    return this.socketVerbs.connect(sock, address);
  }

  /**
   * Starts a program, for callbacks. `loop.subprocess_exec` of CPython 3.13; coroutines use
   * `createSubprocessExec`.
   *
   *     const [transport] = yield* loop.subprocessExec(() => new Watcher(), 'make', ['all'], { stdout: PIPE });
   *
   * @param command the program, its arguments without the program itself, options
   * @returns the transport and the protocol, after connectionMade
   * @throws OSError that names the program or the `cwd`
   */
  subprocessExec<P extends subprocesses.SubprocessProtocol>(
    protocolFactory: () => P,
    ...command: subprocesses.ExecArguments
  ): subprocesses.Started<P> {
    return subprocesses.subprocessExec(this, protocolFactory, ...command);
  }

  /** The same for a command of the shell, `/bin/sh -c`. `loop.subprocess_shell` of CPython 3.13. */
  subprocessShell<P extends subprocesses.SubprocessProtocol>(
    protocolFactory: () => P,
    ...command: subprocesses.ShellArguments
  ): subprocesses.Started<P> {
    return subprocesses.subprocessShell(this, protocolFactory, ...command);
  }

  /** Closes a socket; tasks that wait on it get an OSError that says so. */
  sockClose(sock: Socket): void {
    sock.close();
  }

  // Names.

  /**
   * The addresses behind a host and a port, best first, as `asyncio.loop.getaddrinfo`. The system's resolver
   * works on a thread of its own meanwhile; addresses written out and `localhost` are answered at once.
   *
   * @param host a name (other than ASCII too), an address, or `null` for the loopback addresses; with
   *   `AI_PASSIVE` in `flags`, `null` stands for the addresses to bind
   * @param port a number, the name of a service such as `http`, or `null`
   * @param hints `family`, `type`, `proto`, `flags` (`AI_…`): narrow what is returned
   * @returns `[family, type, proto, canonname, sockaddr]` each. Cancelling it drops the answer; the resolver
   *   itself cannot be stopped
   * @throws GaiError ENOTFOUND (no such name), EAI_AGAIN (no name server answers) and others
   *
   *     const infos = yield* loop.getaddrinfo('example.org', 'http', { type: SOCK_STREAM });
   *     yield* loop.sockConnect(sock, infos[0][4]);
   */
  getaddrinfo(
    host: string | null,
    port: number | string | null,
    hints?: AddressHints,
  ): Future<AddressInfo[]> {
    return names.getaddrinfo(this, host, port, hints);
  }

  /**
   * The name of a host and of a service, from their address, as `asyncio.loop.getnameinfo`.
   *
   * @param sockaddr `[host, port]` or `[host, port, flowInfo, scopeId]`; the host is an address, not a name
   * @param flags `NI_…`, or-ed
   * @throws GaiError ENOTFOUND: `NI_NAMEREQD` asked for a name and there is none, or the host is a name
   */
  getnameinfo(sockaddr: NameQueryAddress, flags?: number): Future<NameInfo> {
    return names.getnameinfo(this, sockaddr, flags);
  }

  /** The resolver that answers in place of the system's; `null` if there is none. */
  getResolver(): Resolver | null {
    return names.getResolver(this);
  }

  /** Lets `resolver` answer {@link getaddrinfo} and {@link getnameinfo}; `null` restores the system's. */
  setResolver(resolver: Resolver | null): void {
    names.setResolver(this, resolver);
  }

  // Signals.

  /**
   * Calls `callback(...args)` in the loop whenever the process gets `signal`, until
   * {@link removeSignalHandler} or the end of the loop; then whatever handled the signal before does so
   * again. Replaces the callback that was there. `asyncio.loop.add_signal_handler` of CPython 3.13. A handler
   * for SIGINT takes Ctrl-C from `run()`: main is then not cancelled.
   *
   *     loop.addSignalHandler('SIGTERM', () => server.close());
   *
   * @param signal a number, or a name such as `'SIGTERM'`
   * @throws TypeError if it is not a signal, or for a coroutine function; RangeError for an unknown number;
   *   RuntimeError for one that cannot be caught (SIGKILL, SIGSTOP, the faults), in a worker thread, or when
   *   the loop is closed; BusyResourceError when another loop has it
   */
  addSignalHandler<A extends unknown[]>(
    signal: signals.SignalInput,
    callback: (...args: A) => unknown,
    ...args: CallbackArguments<A>
  ): void {
    signals.addSignalHandler(this, signal, callback as Callback, args);
  }

  /**
   * Ends {@link addSignalHandler}. Returns whether there was a handler.
   * @throws TypeError, RangeError if it is not a signal
   */
  removeSignalHandler(signal: signals.SignalInput): boolean {
    return signals.removeSignalHandler(this, signal);
  }

  // Transports and servers.

  /**
   * Connects to a host and a port, or takes over a connected socket. Several addresses are tried one after
   * the other, or with `happyEyeballsDelayMs` side by side (RFC 8305). `loop.create_connection` of CPython
   * 3.13.
   *
   *     const [transport] = yield* loop.createConnection(() => new Echo(), 'localhost', 8000);
   *     const [secure] = yield* loop.createConnection(() => new Echo(), { host, port, ssl: true });
   *
   * @param protocolFactory called without arguments, for a new protocol
   * @param place host, port and perhaps options; or one object with all options
   * @returns the transport and the protocol, after connectionMade
   * @throws OSError such as ECONNREFUSED; RangeError for options that do not go together
   */
  createConnection<P extends StreamProtocol>(
    protocolFactory: () => P,
    ...place: connections.ConnectionPlace
  ): Connected<Transport, P> {
    return connections.createConnection(this, protocolFactory, place);
  }

  /**
   * Connects to a unix socket. `loop.create_unix_connection` of CPython 3.13.
   * @param place the path and perhaps options; or one object with all options
   * @throws OSError such as ENOENT, ECONNREFUSED
   */
  createUnixConnection<P extends StreamProtocol>(
    protocolFactory: () => P,
    ...place: connections.UnixConnectionPlace
  ): Connected<Transport, P> {
    return connections.createUnixConnection(this, protocolFactory, place);
  }

  /**
   * Listens on a host and a port, or on a socket, and makes a transport and a protocol of each connection.
   * `loop.create_server` of CPython 3.13.
   *
   *     const server = yield* loop.createServer(() => new Echo(), '127.0.0.1', 8000);
   *
   * @param protocolFactory called for each connection
   * @param place host, port and perhaps options; or one object with all options
   * @throws OSError such as EADDRINUSE, EACCES; RangeError for options that do not go together
   */
  createServer(protocolFactory: () => StreamProtocol, ...place: servers.ServerPlace): Coroutine<Server> {
    return servers.createServer(this, protocolFactory, place);
  }

  /**
   * Listens on a unix socket. `loop.create_unix_server` of CPython 3.13.
   * @param place the path and perhaps options; or one object with all options
   * @throws OSError such as EADDRINUSE, EACCES
   */
  createUnixServer(
    protocolFactory: () => StreamProtocol,
    ...place: servers.UnixServerPlace
  ): Coroutine<Server> {
    return servers.createUnixServer(this, protocolFactory, place);
  }

  /**
   * A transport for a connection that was accepted elsewhere. `loop.connect_accepted_socket` of CPython 3.13.
   * @param sock a connected stream socket; the transport owns it from now on, and closes it if this fails
   * @param options `ssl`, and how long TLS may take
   * @returns the transport and its protocol, after `connectionMade`, with TLS after the handshake
   * @throws RangeError for a socket that is no stream; SSLError, TimeoutError of the handshake
   */
  connectAcceptedSocket<P extends StreamProtocol>(
    protocolFactory: () => P,
    sock: Socket,
    options?: ServerTlsOptions,
  ): Connected<Transport, P> {
    return connections.connectAcceptedSocket(this, protocolFactory, sock, options);
  }

  /**
   * Begins to encrypt a connection that is there, in either role: what STARTTLS and proxies need.
   * `loop.start_tls` of CPython 3.13.
   *
   *     const options = { serverHostname: 'mail.example.com' };
   *     const secure = yield* loop.startTls(transport, protocol, new SSLContext(), options);
   *
   * @param transport of any kind, in both directions; from now on it is the new transport's, and must not be
   *   used
   * @param protocol is called from now on as before, but with what was decrypted; its connectionMade is not
   *   called again
   * @param context as a server, one with a certificate
   * @returns the new transport, after the handshake
   * @throws SSLError, SSLCertVerificationError, TimeoutError, OSError; then the connection is closed
   */
  startTls(
    transport: Transport,
    protocol: StreamProtocol,
    context: SSLContext,
    options?: StartTlsOptions,
  ): Coroutine<Transport> {
    return startTls(this, transport, protocol, context, options);
  }

  /**
   * A socket of messages: UDP with host and port, unix datagrams with `family: AF_UNIX` and paths.
   * `loop.create_datagram_endpoint` of CPython 3.13. Coroutines use `openDatagramEndpoint`.
   *
   *     const [transport] = yield* loop.createDatagramEndpoint(() => new Echo(), ['127.0.0.1', 9999]);
   *
   * @param place where to receive, whom alone to send to, and perhaps options; or one object with all options
   * @throws OSError such as EADDRINUSE; RangeError for options that do not go together
   */
  createDatagramEndpoint<P extends DatagramProtocol>(
    protocolFactory: () => P,
    ...place: datagrams.DatagramEndpointPlace
  ): Connected<DatagramTransport, P> {
    return datagrams.createDatagramEndpoint(this, protocolFactory, place);
  }

  /**
   * A transport for the reading end of a pipe, a socket or a terminal, such as descriptor 0. The descriptor
   * becomes non-blocking, and the transport's to close. `loop.connect_read_pipe` of CPython 3.13.
   * @throws RangeError for a regular file
   */
  connectReadPipe<P extends Protocol>(protocolFactory: () => P, pipe: PipeLike): Connected<ReadTransport, P> {
    return pipes.connectReadPipe(this, protocolFactory, pipe);
  }

  /**
   * The same for the writing end. `loop.connect_write_pipe` of CPython 3.13.
   * @throws RangeError for a regular file
   */
  connectWritePipe<P extends BaseProtocol>(
    protocolFactory: () => P,
    pipe: PipeLike,
  ): Connected<WriteTransport, P> {
    return pipes.connectWritePipe(this, protocolFactory, pipe);
  }
}

/**
 * The event loop running on this thread. `asyncio.get_running_loop`.
 * @throws RuntimeError outside of one
 */
export function getRunningLoop(): EventLoop {
  return runningLoop('getRunningLoop') as EventLoop;
}

/**
 * A new event loop. `asyncio.new_event_loop` of CPython 3.13: the same as `new EventLoop(options)`. Close it
 * when done.
 *
 *     const loop = newEventLoop();
 *     try {
 *       loop.runUntilComplete(main());
 *     } finally {
 *       loop.close();
 *     }
 */
export function newEventLoop(options?: LoopOptions): EventLoop {
  return new EventLoop(options);
}
