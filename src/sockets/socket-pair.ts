import { requireInt } from '../base/arguments.ts';
import { defaultKernel } from '../kernel/default-kernel.ts';
import { check } from '../kernel/errno.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { Socket } from './socket.ts';

/**
 * Two sockets connected to each other. Python's `socket.socketpair`, POSIX `socketpair`.
 *
 * @param family `AF_UNIX` unless told; most systems offer no other.
 * @param type `SOCK_STREAM` unless told.
 * @param kernel the operating system to live on; the real one unless told.
 * @returns both ends, blocking.
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
  const trusted = { timeoutMs: null, peerRecord: null };
  const [left, right] = fds as unknown as [number, number];
  return [
    new Socket(domain, kind, proto, { fileno: left, kernel, trusted }),
    new Socket(domain, kind, proto, { fileno: right, kernel, trusted }),
  ];
}
