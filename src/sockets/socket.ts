import { inspect } from 'node:util';
import {
  ADDRESS_RECORD_BYTES,
  type Address,
  type AddressInput,
  decodeAddress,
  type InetAddress,
  packRecord,
  recordFamily,
} from '../addresses/address.ts';
import { requireFd, requireInt, requireOptions, requireTimeoutMs } from '../base/arguments.ts';
import { defaultKernel } from '../kernel/default-kernel.ts';
import { ECONNRESET } from '../kernel/errno.ts';
import { type Kernel, READABLE } from '../kernel/kernel.ts';
import { check } from '../kernel/os-error.ts';
import { adoptDescriptor, readOption } from './adopt-descriptor.ts';
import type { AncillaryInput } from './ancillary.ts';
import { describeSocket } from './describe-socket.ts';
import * as descriptorCalls from './descriptor-calls.ts';
import type { FileInput } from './file-source.ts';
import type { OutgoingMessage } from './message-batch.ts';
import * as messageCalls from './message-calls.ts';
import { getOption, setOption } from './option-calls.ts';
import { noteDisowned, noteOwned } from './owned-fds.ts';
import { SocketFile } from './socket-file.ts';
import { getdefaulttimeout, type SocketOptions, type SocketWatcher } from './socket-options.ts';
import * as streamCalls from './stream-calls.ts';
import { openInOrder, waitingCall } from './waiting-call.ts';

/** Written by one call and read right after; nothing runs in between, and each thread has its own. */
const nameRecord = new Uint8Array(ADDRESS_RECORD_BYTES);

/**
 * A BSD socket, synchronous, with the semantics of Python's `socket.socket` (CPython 3.13).
 *
 * New sockets block: each call waits for as long as {@link settimeout} says, and the thread with it. A call
 * that has waited long enough raises `TimeoutError`; one that may not wait, `BlockingIOError`;
 * one the system refuses, `OSError` with its `code`. Signals do not interrupt: a call goes on with the
 * time that remains. Of one socket, only the thread that made it may use it.
 *
 *     state      fd     watcher        moves
 *     open       ≥ 0    null           close(), detach() → closed; a loop sets watcher → watched
 *     watched    ≥ 0    the loop's     the loop clears watcher → open; close(), detach() notify and clear it → closed
 *     closed     −1     null           none: every call is an OSError EBADF; close() again is harmless
 *
 * The descriptor is always non-blocking for the system; `timeoutMs` alone says whether calls wait. It belongs
 * to the thread: a worker that ends, terminated or not, closes what its sockets have not closed or detached.
 *
 * Nothing closes a forgotten socket: call `close()`, or declare it with `using`.
 *
 * @example
 *     using server = new Socket(AF_INET, SOCK_STREAM);
 *     server.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1);
 *     server.bind(['127.0.0.1', 8000]);
 *     server.listen();
 *     const [connection, address] = server.accept();
 */
export class Socket {
  /** @internal */
  readonly kernel: Kernel;
  /** The open descriptor, −1 when closed. @internal */
  fd: number;
  /** Address family: `AF_INET`, `AF_INET6`, `AF_UNIX` or another one of the system's. */
  readonly family: number;
  /** `SOCK_STREAM`, `SOCK_DGRAM` or another one of the system's. */
  readonly type: number;
  /** Protocol number; 0 is the usual one for family and type. */
  readonly proto: number;
  /** As {@link gettimeout}. @internal */
  timeoutMs: number | null;
  /** @internal */
  watcher: SocketWatcher | null;
  /** The peer's address as accept gave it, undecoded: see `packRecord`. @internal */
  readonly peerRecord: string | null;

  /**
   * A new socket, blocking unless {@link setdefaulttimeout} said otherwise, close-on-exec. Python's
   * `socket.socket()`.
   *
   * @param family `AF_INET` by default; with `fileno`, what the descriptor says.
   * @param type `SOCK_STREAM` by default; with `fileno`, what the descriptor says.
   * @param proto 0 by default; with `fileno`, what the descriptor says, where the system can tell.
   * @throws {OSError} EMFILE, ENFILE, EAFNOSUPPORT, EPROTONOSUPPORT, EACCES; with `fileno` EBADF, ENOTSOCK.
   */
  constructor(family?: number, type?: number, proto?: number, options: SocketOptions = {}) {
    requireOptions('Socket', 'new Socket(family, type, proto, { fileno: 3 })', options);
    const kernel = options.kernel ?? defaultKernel();
    const { trusted } = options;
    this.kernel = kernel;
    if (options.fileno === undefined) {
      this.family = requireInt('Socket', 'family', family ?? kernel.constants.AF_INET);
      this.type = requireInt('Socket', 'type', type ?? kernel.constants.SOCK_STREAM);
      this.proto = requireInt('Socket', 'proto', proto ?? 0);
      this.fd = check(kernel.sockets.socket(this.family, this.type, this.proto), 'socket');
    } else {
      const fd = requireFd('Socket', options.fileno);
      if (trusted === undefined) adoptDescriptor(kernel, fd, nameRecord, { family, type, proto });
      this.family = family ?? recordFamily(nameRecord);
      this.type = type ?? readOption(kernel, fd, 'SO_TYPE');
      this.proto = proto ?? readOption(kernel, fd, 'SO_PROTOCOL');
      this.fd = fd;
      // Last, when nothing can fail any more: until here the descriptor is its old owner's to close.
      if (trusted === undefined) check(kernel.fds.adopt(fd), 'fcntl', fd);
    }
    this.timeoutMs = trusted === undefined ? getdefaulttimeout() : trusted.timeoutMs;
    this.watcher = null;
    this.peerRecord = trusted === undefined ? null : trusted.peerRecord;
    noteOwned(kernel.fds, this.fd);
  }

  /**
   * Takes an open descriptor over, such as one from a supervisor or another process: from now on it is this
   * socket's to close. Family, type and protocol are what the system says of it, and it becomes non-blocking
   * for the system. Python's `socket.socket(fileno=fd)`; to leave it to its owner, see {@link fromfd}.
   *
   *     const listener = Socket.fromFd(3); // the first one that systemd passes
   *
   * @throws {OSError} EBADF; ENOTSOCK for a descriptor that is no socket. It is then still the caller's.
   * @throws {BusyResourceError} another Socket of this thread has it.
   */
  static fromFd(fd: number): Socket {
    return new Socket(undefined, undefined, undefined, { fileno: descriptorCalls.requireUnowned(fd) });
  }

  /** True once `close()` or `detach()` was called. */
  get closed(): boolean {
    return this.fd < 0;
  }

  /** The descriptor's number; −1 when closed. */
  fileno(): number {
    return this.fd;
  }

  /**
   * Releases the descriptor. A loop that watches this socket is notified first, and fails every wait on it.
   * Closing twice is harmless.
   *
   * @throws {OSError} when the system reports an error; EBADF means that other code closed this descriptor.
   */
  close(): void {
    try {
      this.#tellWatcher();
    } finally {
      const fd = this.#takeFd();
      const result = fd < 0 ? 0 : this.kernel.fds.close(fd);
      // FreeBSD says ECONNRESET when the peer did not take everything; the descriptor is gone all the same.
      if (result !== -ECONNRESET) check(result, 'close', fd);
    }
  }

  /**
   * Gives the descriptor away, open and non-blocking; this socket is closed from now on. Python's
   * `socket.detach`.
   *
   * @returns the descriptor's number, now the caller's to close; −1 when the socket was closed already.
   */
  detach(): number {
    this.#tellWatcher();
    const fd = this.#takeFd();
    if (fd >= 0) check(this.kernel.fds.release(fd), 'release', fd);
    return fd;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /**
   * Whether calls wait: `true` for ever, `false` not at all.
   *
   * @param blocking `setblocking(true)` is `settimeout(null)`, `setblocking(false)` is `settimeout(0)`.
   */
  setblocking(blocking: boolean): void {
    this.settimeout(blocking ? null : 0);
  }

  /** False when calls do not wait at all, that is when the time-out is 0. */
  getblocking(): boolean {
    return this.timeoutMs !== 0;
  }

  /**
   * How long one call waits.
   *
   * @param timeoutMs milliseconds with fractions; 0: not at all, the call raises `BlockingIOError`;
   *   `null`: for ever. When it passes, the call raises `TimeoutError`, never earlier.
   * @throws {RangeError} negative, not finite.
   */
  settimeout(timeoutMs: number | null): void {
    this.requireOpen('settimeout');
    this.timeoutMs = requireTimeoutMs('Socket.settimeout', timeoutMs);
  }

  /** Milliseconds one call waits; `null` for ever, 0 not at all. */
  gettimeout(): number | null {
    return this.timeoutMs;
  }

  /** As {@link gettimeout}. Python's attribute `timeout`. */
  get timeout(): number | null {
    return this.timeoutMs;
  }

  /**
   * Whether programs that this process starts get this descriptor too; at first they do not.
   * @throws {OSError} EBADF
   */
  getInheritable(): boolean {
    return descriptorCalls.getInheritable(this);
  }

  /** Lets programs that this process starts have this descriptor, or not. @throws {OSError} EBADF */
  setInheritable(inheritable: boolean): void {
    descriptorCalls.setInheritable(this, inheritable);
  }

  /**
   * The address this socket is bound to.
   *
   * @returns `[host, port]` for `AF_INET`, `[host, port, flowInfo, scopeId]` for `AF_INET6`, a path for
   *   `AF_UNIX`. Say which: `sock.getsockname<UnixAddress>()`.
   * @throws {OSError} EBADF, ENOBUFS.
   */
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- only the caller knows the family
  getsockname<A extends Address = InetAddress>(): A {
    return descriptorCalls.nameOf(this, 'getsockname', nameRecord) as A;
  }

  /**
   * The address this socket is connected to, in the forms of {@link getsockname}.
   *
   * @throws {OSError} ENOTCONN, also when the peer has reset the connection.
   */
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- only the caller knows the family
  getpeername<A extends Address = InetAddress>(): A {
    return descriptorCalls.nameOf(this, 'getpeername', nameRecord) as A;
  }

  /**
   * An option's value, such as `getsockopt(SOL_SOCKET, SO_RCVBUF)`.
   *
   * @returns the number; with `byteCount`, which says how many bytes to make room for, at most 1024, the
   *   bytes: as many as the system has.
   * @throws {OSError} ENOPROTOOPT: no such option at that level.
   */
  getsockopt(level: number, option: number): number;
  getsockopt(level: number, option: number, byteCount: number): Buffer;
  getsockopt(level: number, option: number, byteCount?: number): number | Buffer {
    return getOption(this, level, option, byteCount);
  }

  /**
   * Sets an option, such as `setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)`.
   *
   * @param value a number for options that are a C `int`; the bytes of the C struct for others, such as
   *   `SO_LINGER`.
   * @throws {OSError} ENOPROTOOPT: no such option at that level; EINVAL, EDOM, EPERM: not with this value,
   *   not by you.
   */
  setsockopt(level: number, option: number, value: number | Uint8Array): void {
    setOption(this, level, option, value);
  }

  /**
   * Takes an address.
   *
   * @param address `[host, port]` for `AF_INET` (`''`: any), `[host, port, flowInfo?, scopeId?]` for
   *   `AF_INET6`, a path for `AF_UNIX` (on Linux, a leading NUL makes it abstract, and `''` lets the system
   *   choose one). A host that is a name is resolved first, however long that takes: the socket's time-out
   *   does not cover it.
   * @throws {OSError} EADDRINUSE, EADDRNOTAVAIL, EACCES, EINVAL (bound already), and a path's errors.
   * @throws {GaiError} the host is a name that cannot be resolved.
   * @throws {TypeError | RangeError} an address that does not fit the family.
   */
  bind(address: AddressInput): void {
    streamCalls.bind(this, address);
  }

  /**
   * Starts accepting connections.
   *
   * @param backlog how many connections may wait to be accepted; `min(SOMAXCONN, 128)` by default.
   * @throws {OSError} EADDRINUSE, EOPNOTSUPP.
   */
  listen(backlog?: number): void {
    streamCalls.listen(this, backlog);
  }

  /**
   * The next connection. It blocks, whatever this socket's time-out is, as in Python.
   *
   * @returns the connection's socket and the peer's address, in the forms of {@link getsockname}.
   * @throws {TimeoutError | BlockingIOError} none came.
   * @throws {OSError} EMFILE, ENFILE, ECONNABORTED, and on Linux errors of the new connection's network.
   */
  accept<A extends Address = InetAddress>(): [Socket, A] {
    const fd = this.requireOpen('accept');
    const { sockets, constants } = this.kernel;
    const accepted = waitingCall(this, 'accept', READABLE, 0, () => sockets.accept(fd, nameRecord));
    return [
      acceptedSocket(this, accepted, nameRecord, getdefaulttimeout()),
      decodeAddress(constants, nameRecord, this.proto) as A,
    ];
  }

  /**
   * Connects to an address, in the forms of {@link bind}.
   *
   * @throws {BlockingIOError} EINPROGRESS, on a non-blocking socket: wait until it is writable, then read
   *   `SO_ERROR`.
   * @throws {TimeoutError} the socket's own time-out passed; the attempt goes on, and closing the socket ends
   *   it.
   * @throws {OSError} ECONNREFUSED, ENETUNREACH, EHOSTUNREACH, ETIMEDOUT (the system's own), ENOENT and
   *   others.
   */
  connect(address: AddressInput): void {
    streamCalls.connect(this, address);
  }

  /**
   * As {@link connect}, but answers what the system says instead of raising it. Python's `connect_ex`.
   *
   * @returns 0, or the positive error number (see `os.constants.errno`); EAGAIN when the socket's time-out
   *   passed.
   * @throws {TypeError | RangeError} an address that does not fit the family.
   */
  connectEx(address: AddressInput): number {
    return streamCalls.connectEx(this, address);
  }

  /**
   * Receives what is there, waiting for the first byte.
   *
   * @param byteCount maximum number of bytes.
   * @param flags `MSG_…`, or-ed.
   * @returns the bytes; none at all is the end of the stream.
   * @throws {TimeoutError | BlockingIOError} nothing came.
   * @throws {OSError} ECONNRESET, ENOTCONN, ETIMEDOUT and others.
   */
  recv(byteCount: number, flags = 0): Buffer {
    return streamCalls.receive(this, byteCount, flags);
  }

  /**
   * As {@link recv}, into memory of the caller's. Python's `recv_into`.
   *
   * @param byteCount maximum number of bytes; the whole buffer when 0 or left out.
   * @returns how many bytes came; 0 is the end of the stream.
   */
  recvInto(buffer: Uint8Array, byteCount = 0, flags = 0): number {
    return streamCalls.receiveInto(this, buffer, byteCount, flags);
  }

  /**
   * Sends as much as there is room for, waiting for some room.
   *
   * @returns how many bytes were taken; the rest is the caller's to send again.
   * @throws {TimeoutError | BlockingIOError} there was no room.
   * @throws {OSError} EPIPE (never SIGPIPE), ECONNRESET, ENOTCONN, EMSGSIZE and others.
   */
  send(data: Uint8Array, flags = 0): number {
    return streamCalls.send(this, data, flags);
  }

  /**
   * Sends all of `data`. The time-out is for the whole of it.
   *
   * @throws {TimeoutError | BlockingIOError | OSError} as {@link send}; how much was sent is then only known
   *   to the message, and the stream is best closed.
   */
  sendall(data: Uint8Array, flags = 0): void {
    streamCalls.sendAll(this, data, flags);
  }

  /**
   * Sends a regular file, or a part of it, without its bytes passing through JavaScript: `sendfile` of the
   * system, and where that cannot, by reading and sending. Python's `socket.sendfile`. The time-out is for
   * each wait for room.
   *
   * @param file a descriptor's number, or an object with one in `fd`. Its position is neither used nor moved.
   * @param offset where in the file to begin, in bytes.
   * @param byteCount how much; to the file's end when `null`.
   * @returns how many bytes were sent: fewer than `byteCount` when the file ended before.
   * @throws {TimeoutError | BlockingIOError | OSError} as {@link send}; how much was sent is then not known.
   * @throws {TypeError} not a regular file, or not a stream socket.
   */
  sendfile(file: FileInput, offset = 0, byteCount: number | null = null): number {
    return streamCalls.sendFile(this, file, offset, byteCount);
  }

  /**
   * This connection read by lines and by counts, as a file is. Python's `socket.makefile`, without its modes
   * and text: see {@link SocketFile}. Whatever it has read ahead is lost to {@link recv}.
   */
  makefile(): SocketFile {
    return new SocketFile(this);
  }

  /**
   * Ends one direction, or both.
   *
   * @param how `SHUT_RD`, `SHUT_WR` (the peer reads the end of the stream) or `SHUT_RDWR`.
   * @throws {OSError} ENOTCONN, EINVAL.
   */
  shutdown(how: number): void {
    streamCalls.shutdown(this, how);
  }

  /**
   * A second socket for the same connection, with the same time-out. Each is closed on its own.
   *
   * @throws {OSError} EMFILE.
   */
  dup(): Socket {
    const { kernel, timeoutMs, peerRecord, family, type, proto } = this;
    const fileno = check(kernel.fds.dup(openInOrder(this, 'dup')), 'dup', this.fd);
    return new Socket(family, type, proto, { fileno, kernel, trusted: { timeoutMs, peerRecord } });
  }

  /**
   * Receives a message and who sent it.
   *
   * @param byteCount maximum number of bytes.
   * @param flags `MSG_…`, or-ed.
   * @returns the bytes, and the sender's address in the forms of `getsockname`; `null` where the system names
   *   nobody (connected streams, unix sockets without a name). Say which:
   *   `sock.recvfrom<UnixAddress | null>(100)`.
   * @throws {TimeoutError | BlockingIOError} nothing came.
   * @throws {OSError} ECONNREFUSED: an earlier message of this connected datagram socket found nobody; and
   *   others.
   */
  recvfrom<A extends Address | null = InetAddress>(byteCount: number, flags = 0): [data: Buffer, address: A] {
    return messageCalls.receiveFrom<A>(this, byteCount, flags);
  }

  /**
   * As {@link recvfrom}, into memory of the caller's. Python's `recvfrom_into`.
   *
   * @param byteCount maximum number of bytes; the whole buffer when 0 or left out.
   * @returns how many bytes came, and the sender's address.
   */
  recvfromInto<A extends Address | null = InetAddress>(
    buffer: Uint8Array,
    byteCount = 0,
    flags = 0,
  ): [byteCount: number, address: A] {
    return messageCalls.receiveFromInto<A>(this, buffer, byteCount, flags);
  }

  /**
   * Sends a message to an address, waiting for room.
   *
   * @param address in the forms of `bind`; a name is resolved first.
   * @returns how many bytes were taken; all of them, for a datagram.
   * @throws {TimeoutError | BlockingIOError} there was no room.
   * @throws {OSError} EMSGSIZE (too long for one datagram), EISCONN, ENETUNREACH, EACCES (broadcast without
   *   `SO_BROADCAST`) and others, naming the address.
   */
  sendto(data: Uint8Array, address: AddressInput, flags = 0): number {
    return messageCalls.sendTo(this, data, address, flags);
  }

  /**
   * Receives a message with its ancillary data. Python's `recvmsg`.
   *
   * @param byteCount maximum number of bytes.
   * @param ancillaryByteCount room for ancillary data, as {@link cmsgSpace} says; what does not fit is cut,
   *   with `MSG_CTRUNC` in the returned flags.
   * @returns `[data, ancillary, flags, address]`. Descriptors (`SCM_RIGHTS`) are close-on-exec, and from now
   *   on the caller's to close; those that were cut are closed already. {@link recvFds} makes them easy.
   */
  recvmsg<A extends Address | null = Address | null>(
    byteCount: number,
    ancillaryByteCount = 0,
    flags = 0,
  ): messageCalls.ReceivedMessage<Buffer, A> {
    return messageCalls.receiveMessage<A>(this, byteCount, ancillaryByteCount, flags);
  }

  /**
   * As {@link recvmsg}, into memory of the caller's: fills the buffers in order. Python's `recvmsg_into`.
   *
   * @param buffers at most 1024.
   * @returns `[byteCount, ancillary, flags, address]`.
   */
  recvmsgInto<A extends Address | null = Address | null>(
    buffers: readonly Uint8Array[],
    ancillaryByteCount = 0,
    flags = 0,
  ): messageCalls.ReceivedMessage<number, A> {
    return messageCalls.receiveMessageInto<A>(this, buffers, ancillaryByteCount, flags);
  }

  /**
   * Sends a message gathered from several buffers, with ancillary data. Python's `sendmsg`.
   *
   * @param buffers at most 1024; a stream needs at least one byte for ancillary data to travel with.
   * @param ancillary `[level, type, data]` each.
   * @param address where to; the connected peer by default.
   * @returns how many bytes were taken. Ancillary data goes with the first of them.
   * @throws {TimeoutError | BlockingIOError} there was no room.
   * @throws {OSError} EMSGSIZE, EBADF (a descriptor to be passed is not open), ETOOMANYREFS, EPERM and
   *   others.
   */
  sendmsg(
    buffers: readonly Uint8Array[],
    ancillary: readonly AncillaryInput[] = [],
    flags = 0,
    address: AddressInput | null = null,
  ): number {
    return messageCalls.sendMessage(this, buffers, ancillary, flags, address);
  }

  /**
   * Receives the messages that are there, waiting for the first one: with one system call for up to 64 of
   * them (`recvmmsg`), where the system has it.
   *
   * @param maxCount maximum number of messages.
   * @param byteCount maximum number of bytes of each.
   * @returns `[data, address, flags]` each; `MSG_TRUNC` in the flags of one that was longer than `byteCount`.
   */
  recvMany<A extends Address | null = InetAddress>(
    maxCount: number,
    byteCount: number,
    flags = 0,
  ): [data: Buffer, address: A, flags: number][] {
    return messageCalls.receiveMany<A>(this, maxCount, byteCount, flags);
  }

  /**
   * Sends messages in order, as many as there is room for, waiting for room for the first one: with one
   * system call for up to 64 of them (`sendmmsg`), where the system has it.
   *
   * @param messages bytes for the connected peer, or `[data, address]` each; not both kinds in one call.
   * @returns how many messages were taken; the others are the caller's to send again. An error after the
   *   first is raised by the next call, if it comes again: that an earlier one found nobody (ECONNREFUSED)
   *   the system says once, and sendmmsg keeps it to itself. Who must hear of it sends one by one.
   * @throws {TimeoutError | BlockingIOError} there was no room.
   * @throws {OSError} as {@link sendto}, for the first message.
   * @throws {TypeError} a stream, which may take a part of a message.
   */
  sendMany(messages: readonly OutgoingMessage[], flags = 0): number {
    return messageCalls.sendMany(this, messages, flags);
  }

  /** `<Socket fd=7 AF_INET SOCK_STREAM 127.0.0.1:8000 → 127.0.0.1:51234>`, in any state. */
  toString(): string {
    return describeSocket(this);
  }

  [inspect.custom](): string {
    return describeSocket(this);
  }

  /** The descriptor, for a call that needs one. @internal */
  requireOpen(call: string): number {
    if (this.fd >= 0) return this.fd;
    throw descriptorCalls.closedSocketError(call);
  }

  #tellWatcher(): void {
    const { watcher } = this;
    if (watcher === null) return;
    this.watcher = null;
    watcher.socketClosing(this);
  }

  /**
   * Read after the watcher was notified: it may have closed this socket itself, and the number may be in use
   * again.
   */
  #takeFd(): number {
    const { fd } = this;
    this.fd = -1;
    noteDisowned(this.kernel.fds, fd);
    return fd;
  }
}

/**
 * The socket around a descriptor that accept has just handed out. Makes no system call.
 *
 * @param listener the socket that accepted; family, type and protocol are the same.
 * @param fd the accepted descriptor.
 * @param addressRecord what accept wrote; copied, and decoded only when somebody asks.
 * @param timeoutMs how long the new socket's calls wait; by default not at all, which is what a loop needs.
 */
export function acceptedSocket(
  listener: Socket,
  fd: number,
  addressRecord: Uint8Array,
  timeoutMs: number | null = 0,
): Socket {
  const { family, type, proto, kernel } = listener;
  const peerRecord = packRecord(addressRecord);
  return new Socket(family, type, proto, { fileno: fd, kernel, trusted: { timeoutMs, peerRecord } });
}
