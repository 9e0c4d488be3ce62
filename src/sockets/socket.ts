import {
  ADDRESS_RECORD_BYTES,
  type Address,
  type AddressInput,
  decodeAddress,
  encodeAddress,
  type InetAddress,
  packRecord,
} from '../addresses/address.ts';
import { requireByteCount, requireBytes, requireInt } from '../base/arguments.ts';
import { check, EAGAIN, EINPROGRESS, osError } from '../kernel/errno.ts';
import { READABLE, WRITABLE } from '../kernel/kernel.ts';
import { deadlineAfter, repeatUntil, waitUntilReady } from '../kernel/waits.ts';
import { hostResolver } from '../names/blocking-resolver.ts';
import { getdefaulttimeout } from './default-timeout.ts';
import { type FileInput, FileSource } from './file-source.ts';
import { MessageSocket } from './message-socket.ts';
import { receiveFresh } from './receive-scratch.ts';
import { SocketFile } from './socket-file.ts';

export type { SocketOptions, SocketWatcher } from './socket-descriptor.ts';

/** What Python's `listen()` falls back to, where the system allows as many. */
const DEFAULT_BACKLOG = 128;

/** Per thread. Written by one call and read right after; nothing runs in between. */
const record = new Uint8Array(ADDRESS_RECORD_BYTES);

/** Answer of a connect that our own time-out ended. Not an errno: the system's ETIMEDOUT is another matter. */
const GAVE_UP = Number.NEGATIVE_INFINITY;

/**
 * A BSD socket, synchronous, with the semantics of Python's `socket.socket` (CPython 3.13).
 *
 * New sockets block: each call waits for as long as {@link settimeout} says, and the thread with it. A call that has
 * waited long enough raises {@link TimeoutError}; one that may not wait, {@link BlockingIOError}; one the system refuses,
 * {@link OSError} with its `code`. Signals do not interrupt: a call goes on with the time that remains. Of one socket,
 * only the thread that made it may use it.
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
export class Socket extends MessageSocket {
  /**
   * Takes an address.
   *
   * @param address `[host, port]` for `AF_INET` (`''`: any), `[host, port, flowInfo?, scopeId?]` for `AF_INET6`, a path
   *   for `AF_UNIX` (on Linux, a leading NUL makes it abstract, and `''` lets the system choose one). A host that is a
   *   name is resolved first, however long that takes: the socket's time-out does not cover it.
   * @throws {OSError} EADDRINUSE, EADDRNOTAVAIL, EACCES, EINVAL (bound already), and a path's errors.
   * @throws {GaiError} the host is a name that cannot be resolved.
   * @throws {TypeError | RangeError} an address that does not fit the family.
   */
  bind(address: AddressInput): void {
    const fd = this.requireOpen('bind');
    const { constants } = this.kernel;
    const resolve = hostResolver(this.kernel);
    const byteCount = encodeAddress(constants, 'Socket.bind', this.family, address, record, resolve);
    check(this.kernel.sockets.bind(fd, record, byteCount), 'bind', address);
  }

  /**
   * Starts accepting connections.
   *
   * @param backlog how many connections may wait to be accepted; `min(SOMAXCONN, 128)` unless told.
   * @throws {OSError} EADDRINUSE, EOPNOTSUPP.
   */
  listen(backlog?: number): void {
    const fd = this.requireOpen('listen');
    const { SOMAXCONN = DEFAULT_BACKLOG } = this.kernel.constants;
    const count = requireInt('Socket.listen', 'backlog', backlog ?? Math.min(SOMAXCONN, DEFAULT_BACKLOG));
    check(this.kernel.sockets.listen(fd, Math.max(0, count)), 'listen');
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
    const accepted = this.waitingCall('accept', READABLE, () => sockets.accept(fd, record));
    return [
      acceptedSocket(this, accepted, record, getdefaulttimeout()),
      decodeAddress(constants, record, this.proto) as A,
    ];
  }

  /**
   * Connects to an address, in the forms of {@link bind}.
   *
   * @throws {BlockingIOError} EINPROGRESS, on a non-blocking socket: wait until it is writable, then read `SO_ERROR`.
   * @throws {TimeoutError} the socket's own time-out passed; the attempt goes on, and closing the socket ends it.
   * @throws {OSError} ECONNREFUSED, ENETUNREACH, EHOSTUNREACH, ETIMEDOUT (the system's own), ENOENT and others.
   */
  connect(address: AddressInput): void {
    const result = this.#connect('connect', address);
    if (result === GAVE_UP) throw this.timedOut('connect');
    check(result, 'connect', address);
  }

  /**
   * As {@link connect}, but answers what the system says instead of raising it. Python's `connect_ex`.
   *
   * @returns 0, or the positive error number (see `os.constants.errno`); EAGAIN when the socket's time-out passed.
   * @throws {TypeError | RangeError} an address that does not fit the family.
   */
  connectEx(address: AddressInput): number {
    const result = this.#connect('connectEx', address);
    return result === GAVE_UP ? EAGAIN : Math.abs(result);
  }

  /**
   * Receives what is there, waiting for the first byte.
   *
   * @param byteCount at most so many bytes.
   * @param flags `MSG_…`, or-ed.
   * @returns the bytes; none at all is the end of the stream.
   * @throws {TimeoutError | BlockingIOError} nothing came.
   * @throws {OSError} ECONNRESET, ENOTCONN, ETIMEDOUT and others.
   */
  recv(byteCount: number, flags = 0): Buffer {
    const fd = this.requireOpen('recv');
    const count = requireByteCount('Socket.recv', byteCount, Number.MAX_SAFE_INTEGER);
    requireInt('Socket.recv', 'flags', flags);
    if (count === 0) return Buffer.alloc(0);
    return receiveFresh(count, (buffer) => this.#receive('recv', fd, buffer, count, flags));
  }

  /**
   * As {@link recv}, into memory of the caller's. Python's `recv_into`.
   *
   * @param byteCount at most so many bytes; the whole buffer when 0 or left out.
   * @returns how many bytes came; 0 is the end of the stream.
   */
  recvInto(buffer: Uint8Array, byteCount = 0, flags = 0): number {
    const fd = this.requireOpen('recvInto');
    const { length } = requireBytes('Socket.recvInto', 'buffer', buffer);
    const count = requireByteCount('Socket.recvInto', byteCount, length) || length;
    requireInt('Socket.recvInto', 'flags', flags);
    return count === 0 ? 0 : this.#receive('recvInto', fd, buffer, count, flags);
  }

  /**
   * Sends as much as there is room for, waiting for some room.
   *
   * @returns how many bytes were taken; the rest is the caller's to send again.
   * @throws {TimeoutError | BlockingIOError} there was no room.
   * @throws {OSError} EPIPE (never SIGPIPE), ECONNRESET, ENOTCONN, EMSGSIZE and others.
   */
  send(data: Uint8Array, flags = 0): number {
    const fd = this.requireOpen('send');
    requireBytes('Socket.send', 'data', data);
    requireInt('Socket.send', 'flags', flags);
    const { sockets } = this.kernel;
    return this.waitingCall('send', WRITABLE, () => sockets.send(fd, data, 0, data.length, flags));
  }

  /**
   * Sends all of `data`. The time-out is for the whole of it.
   *
   * @throws {TimeoutError | BlockingIOError | OSError} as {@link send}; how much was sent is then only known to the
   *   message, and the stream is best closed.
   */
  sendall(data: Uint8Array, flags = 0): void {
    const fd = this.requireOpen('sendall');
    const { length } = requireBytes('Socket.sendall', 'data', data);
    requireInt('Socket.sendall', 'flags', flags);
    const { sockets } = this.kernel;
    const deadlineMs = deadlineAfter(this.kernel, this.timeoutMs);
    let offset = 0;
    do {
      const result = sockets.send(fd, data, offset, length - offset, flags);
      if (result >= 0) offset += result;
      else if (result !== -EAGAIN || this.timeoutMs === 0) throw osError(result, 'send', fd);
      else if (!waitUntilReady(this.kernel, fd, WRITABLE, deadlineMs)) {
        throw this.timedOut('sendall', `, ${offset} of ${length} bytes sent`);
      }
    } while (offset < length);
  }

  /**
   * Sends a regular file, or a part of it, without its bytes passing through JavaScript: `sendfile` of the system, and
   * where that cannot, by reading and sending. Python's `socket.sendfile`. The time-out is for each wait for room.
   *
   * @param file a descriptor's number, or an object with one in `fd`. Its position is neither used nor moved.
   * @param offset where in the file to begin, in bytes.
   * @param byteCount how much; to the file's end when `null`.
   * @returns how many bytes were sent: fewer than `byteCount` when the file ended before.
   * @throws {TimeoutError | BlockingIOError | OSError} as {@link send}; how much was sent is then not known.
   * @throws {TypeError} not a regular file, or not a stream socket.
   */
  sendfile(file: FileInput, offset = 0, byteCount: number | null = null): number {
    const fd = this.requireOpen('sendfile');
    if (this.type !== this.kernel.constants.SOCK_STREAM) {
      throw new TypeError(`Socket.sendfile: needs a SOCK_STREAM socket, got ${this.toString()}`);
    }
    const source = new FileSource('Socket.sendfile', file, offset, byteCount, true);
    while (this.waitingCall('sendfile', WRITABLE, () => source.sendSome(this.kernel, fd)) > 0);
    return source.sentByteCount;
  }

  /**
   * This connection read by lines and by counts, as a file is. Python's `socket.makefile`, without its modes and text: see
   * {@link SocketFile}. Whatever it has read ahead is lost to {@link recv}.
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
    const fd = this.requireOpen('shutdown');
    check(this.kernel.sockets.shutdown(fd, requireInt('Socket.shutdown', 'how', how)), 'shutdown');
  }

  /**
   * A second socket for the same connection, with the same time-out. Each is closed on its own.
   *
   * @throws {OSError} EMFILE.
   */
  dup(): Socket {
    const { kernel, timeoutMs, peerRecord, family, type, proto } = this;
    const fileno = check(kernel.fds.dup(this.requireOpen('dup')), 'dup', this.fd);
    return new Socket(family, type, proto, { fileno, kernel, trusted: { timeoutMs, peerRecord } });
  }

  #receive(call: string, fd: number, buffer: Uint8Array, byteCount: number, flags: number): number {
    const { sockets } = this.kernel;
    return this.waitingCall(call, READABLE, () => sockets.recv(fd, buffer, 0, byteCount, flags));
  }

  /** 0, `-errno`, or `GAVE_UP`. */
  #connect(call: string, address: AddressInput): number {
    const fd = this.requireOpen(call);
    const { kernel, timeoutMs } = this;
    const { sockets, constants } = kernel;
    const resolve = hostResolver(kernel);
    const byteCount = encodeAddress(constants, `Socket.${call}`, this.family, address, record, resolve);
    const deadlineMs = deadlineAfter(kernel, timeoutMs);
    let result = sockets.connect(fd, record, byteCount);
    if (timeoutMs === 0) return result;
    if (result === -EAGAIN && this.family === constants.AF_UNIX) {
      result = repeatUntil(kernel, deadlineMs, () => sockets.connect(fd, record, byteCount));
      if (result === -EAGAIN) return GAVE_UP;
    }
    if (result !== -EINPROGRESS) return result;
    if (!waitUntilReady(kernel, fd, WRITABLE, deadlineMs)) return GAVE_UP;
    return -this.getsockopt(constants.SOL_SOCKET as number, constants.SO_ERROR as number);
  }
}

/**
 * The socket around a descriptor that accept has just handed out. Makes no system call.
 *
 * @param listener the socket that accepted; family, type and protocol are the same.
 * @param fd the accepted descriptor.
 * @param addressRecord what accept wrote; copied, and decoded only when somebody asks.
 * @param timeoutMs how long the new socket's calls wait; not at all unless told, which is what a loop needs.
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
