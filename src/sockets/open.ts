/**
 * Sockets and descriptors made from descriptors, and pairs: what Python's `socket` module has beside its
 * class.
 */

import { requireFd, requireInt } from '../base/arguments.ts';
import { defaultKernel } from '../kernel/default-kernel.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { check } from '../kernel/os-error.ts';
import { Socket } from './socket.ts';
import { getdefaulttimeout } from './socket-options.ts';

/**
 * A second descriptor for the same open file, close-on-exec. Python's `socket.dup`; for a socket object, use
 * its own `dup()`.
 *
 * @returns the new descriptor's number, the caller's to close.
 * @throws {OSError} EBADF, EMFILE.
 */
export function dup(fd: number, kernel: Kernel = defaultKernel()): number {
  const copy = check(kernel.fds.dup(requireFd('dup', fd)), 'dup', fd);
  // A bare number: the caller closes it, in whatever way.
  check(kernel.fds.release(copy), 'release', copy);
  return copy;
}

/**
 * A socket for a duplicate of an open descriptor; the original stays its owner's to close. Python's
 * `socket.fromfd`. To take a descriptor over, such as one from systemd, use {@link Socket.fromFd} instead.
 *
 * Non-blocking is a property of the open file, not of the descriptor: the original becomes non-blocking as
 * well.
 *
 * @param family by default what the descriptor says, as are `type` and `proto`.
 * @param kernel the operating system to use; the real one by default.
 * @throws {OSError} EBADF, ENOTSOCK, EMFILE.
 */
export function fromfd(
  fd: number,
  family?: number,
  type?: number,
  proto?: number,
  kernel: Kernel = defaultKernel(),
): Socket {
  const fileno = check(kernel.fds.dup(requireFd('fromfd', fd)), 'dup', fd);
  try {
    return new Socket(family, type, proto, { fileno, kernel });
  } catch (error) {
    kernel.fds.close(fileno);
    throw error;
  }
}

/**
 * Two sockets connected to each other. Python's `socket.socketpair`, POSIX `socketpair`.
 *
 * @param family `AF_UNIX` by default; most systems offer no other.
 * @param type `SOCK_STREAM` by default.
 * @param kernel the operating system to use; the real one by default.
 * @returns both ends, blocking unless {@link setdefaulttimeout} said otherwise.
 * @throws {OSError} EMFILE, EAFNOSUPPORT, ENOTSUP (which is EOPNOTSUPP on Linux).
 * @example
 *     const [left, right] = socketpair();
 *     left.sendall(Buffer.from('hello'));
 *     right.recv(100).toString(); // 'hello'
 */
export function socketpair(
  family?: number,
  type?: number,
  proto = 0,
  kernel: Kernel = defaultKernel(),
): [Socket, Socket] {
  const { constants } = kernel;
  const domain = requireInt('socketpair', 'family', family ?? constants.AF_UNIX);
  const kind = requireInt('socketpair', 'type', type ?? constants.SOCK_STREAM);
  requireInt('socketpair', 'proto', proto);
  const fds = new Int32Array(2);
  check(kernel.sockets.socketpair(domain, kind, proto, fds), 'socketpair');
  const trusted = { timeoutMs: getdefaulttimeout(), peerRecord: null };
  const [left, right] = fds as unknown as [number, number];
  return [
    new Socket(domain, kind, proto, { fileno: left, kernel, trusted }),
    new Socket(domain, kind, proto, { fileno: right, kernel, trusted }),
  ];
}
