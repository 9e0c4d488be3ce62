import { inspect } from 'node:util';
import {
  ADDRESS_RECORD_BYTES,
  type Address,
  decodeAddress,
  type InetAddress,
  recordFamily,
} from '../addresses/address.ts';
import {
  requireBoolean,
  requireByteCount,
  requireBytes,
  requireFd,
  requireInt,
  requireTimeoutMs,
} from '../base/arguments.ts';
import { OSError } from '../base/errors.ts';
import { defaultKernel } from '../kernel/default-kernel.ts';
import { check, EBADF, ECONNRESET } from '../kernel/errno.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { adoptDescriptor, readOption } from './adopt-descriptor.ts';
import { getdefaulttimeout } from './default-timeout.ts';
import { describeSocket } from './describe-socket.ts';

/**
 * Wants to know before a socket's descriptor goes away: an event loop, which must unregister it and wake whoever waits.
 *
 */
export interface SocketWatcher {
  /** The descriptor is still open, and will not be any more right after. */
  socketClosing(sock: SocketDescriptor): void;
}

/** How a socket comes about, when not by asking the system for a new one. */
export interface SocketOptions {
  /** An open descriptor to take over, which is then this socket's to close. It is made non-blocking. */
  readonly fileno?: number | undefined;
  /** The operating system to live on; the real one unless told. */
  readonly kernel?: Kernel | undefined;
  /** A descriptor that is known to be right: nothing about it is asked or changed. @internal */
  readonly trusted?: { readonly timeoutMs: number | null; readonly peerRecord: string | null };
}

/** `getsockopt` values Python refuses to be larger too. */
const OPTION_BYTES_MAX = 1024;

/** Written by one call and read right after; nothing runs in between, and each thread has its own. */
const nameRecord = new Uint8Array(ADDRESS_RECORD_BYTES);
const optionValue = new Int32Array(1);

/**
 * A socket's descriptor: its lifetime, its names, its mode and its options. {@link Socket} adds the verbs.
 *
 *     state      fd     watcher        moves
 *     open       ≥ 0    null           close(), detach() → closed; a loop sets watcher → watched
 *     watched    ≥ 0    the loop's     the loop clears watcher → open; close(), detach(): told, cleared → closed
 *     closed     −1     null           none: every call is an OSError EBADF; close() again is harmless
 *
 * The descriptor is always non-blocking for the system; `timeoutMs` alone says whether calls wait. It belongs to the
 * thread: a worker that ends, terminated or not, closes what its sockets have not closed or detached.
 */
export class SocketDescriptor {
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
   * A new socket, blocking unless {@link setdefaulttimeout} said otherwise, close-on-exec. Python's `socket.socket()`.
   *
   * @param family `AF_INET` unless told; with `fileno`, what the descriptor says.
   * @param type `SOCK_STREAM` unless told; with `fileno`, what the descriptor says.
   * @param proto 0 unless told; with `fileno`, what the descriptor says, where the system can tell.
   * @throws {OSError} EMFILE, ENFILE, EAFNOSUPPORT, EPROTONOSUPPORT, EACCES; with `fileno` EBADF, ENOTSOCK.
   */
  constructor(family?: number, type?: number, proto?: number, options: SocketOptions = {}) {
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
      if (trusted === undefined) adoptDescriptor(kernel, fd, nameRecord);
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
   * Releases the descriptor. A loop that watches this socket is told first, and fails whoever waits on it. Closing twice
   * is harmless.
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
   * Gives the descriptor away, open and non-blocking; this socket is closed from now on. Python's `socket.detach`.
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
   * @param timeoutMs milliseconds with fractions; 0: not at all, the call raises {@link BlockingIOError}; `null`: for
   *   ever. When it passes, the call raises {@link TimeoutError}, never earlier.
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

  /** Whether programs that this process starts get this descriptor too; at first they do not. @throws {OSError} EBADF */
  getInheritable(): boolean {
    const fd = this.requireOpen('getInheritable');
    return check(this.kernel.fds.getInheritable(fd), 'fcntl', fd) === 1;
  }

  /** Lets programs that this process starts have this descriptor, or not. @throws {OSError} EBADF */
  setInheritable(inheritable: boolean): void {
    const fd = this.requireOpen('setInheritable');
    requireBoolean('Socket.setInheritable', 'inheritable', inheritable);
    check(this.kernel.fds.setInheritable(fd, inheritable), 'fcntl', fd);
  }

  /**
   * The address this socket is bound to.
   *
   * @returns `[host, port]` for `AF_INET`, `[host, port, flowInfo, scopeId]` for `AF_INET6`, a path for `AF_UNIX`. Say
   *   which: `sock.getsockname<UnixAddress>()`.
   * @throws {OSError} EBADF, ENOBUFS.
   */
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- only the caller knows the family
  getsockname<A extends Address = InetAddress>(): A {
    check(this.kernel.sockets.getsockname(this.requireOpen('getsockname'), nameRecord), 'getsockname');
    return decodeAddress(this.kernel.constants, nameRecord, this.proto) as A;
  }

  /**
   * The address this socket is connected to, in the forms of {@link getsockname}.
   *
   * @throws {OSError} ENOTCONN, also when the peer has reset the connection.
   */
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- only the caller knows the family
  getpeername<A extends Address = InetAddress>(): A {
    check(this.kernel.sockets.getpeername(this.requireOpen('getpeername'), nameRecord), 'getpeername');
    return decodeAddress(this.kernel.constants, nameRecord, this.proto) as A;
  }

  /**
   * An option's value, such as `getsockopt(SOL_SOCKET, SO_RCVBUF)`.
   *
   * @param byteCount for options that are not a number: how many bytes to make room for, at most 1024.
   * @returns the number; with `byteCount` the bytes, as many as the system has.
   * @throws {OSError} ENOPROTOOPT: no such option at that level.
   */
  getsockopt(level: number, option: number): number;
  getsockopt(level: number, option: number, byteCount: number): Buffer;
  getsockopt(level: number, option: number, byteCount?: number): number | Buffer {
    const fd = this.requireOpen('getsockopt');
    requireInt('Socket.getsockopt', 'level', level);
    requireInt('Socket.getsockopt', 'option', option);
    const { sockets } = this.kernel;
    if (byteCount === undefined) {
      check(sockets.getsockoptInt(fd, level, option, optionValue), 'getsockopt');
      return optionValue[0] as number;
    }
    const out = Buffer.alloc(requireByteCount('Socket.getsockopt', byteCount, OPTION_BYTES_MAX));
    return out.subarray(0, check(sockets.getsockoptBytes(fd, level, option, out), 'getsockopt'));
  }

  /**
   * Sets an option, such as `setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)`.
   *
   * @param value a number for options that are a C `int`; the bytes of the C struct for others, such as `SO_LINGER`.
   * @throws {OSError} ENOPROTOOPT: no such option at that level; EINVAL, EDOM, EPERM: not with this value, not by you.
   */
  setsockopt(level: number, option: number, value: number | Uint8Array): void {
    const fd = this.requireOpen('setsockopt');
    requireInt('Socket.setsockopt', 'level', level);
    requireInt('Socket.setsockopt', 'option', option);
    const { sockets } = this.kernel;
    const result =
      typeof value === 'number'
        ? sockets.setsockoptInt(fd, level, option, requireInt('Socket.setsockopt', 'value', value))
        : sockets.setsockoptBytes(fd, level, option, requireBytes('Socket.setsockopt', 'value', value));
    check(result, 'setsockopt');
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
    const fields = { code: 'EBADF', errno: -EBADF, syscall: call };
    throw new OSError(`${call} EBADF (the socket is closed)`, fields);
  }

  #tellWatcher(): void {
    const { watcher } = this;
    if (watcher === null) return;
    this.watcher = null;
    watcher.socketClosing(this);
  }

  /** Read after the watcher was told: it may have closed this socket itself, and the number may be in use again. */
  #takeFd(): number {
    const { fd } = this;
    this.fd = -1;
    return fd;
  }
}
