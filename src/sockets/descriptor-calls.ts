/** What concerns a socket's descriptor, whatever it is connected to. `Socket` has the contracts. */

import { type Address, decodeAddress } from '../addresses/address.ts';
import { requireBoolean, requireFd } from '../base/arguments.ts';
import { BusyResourceError, OSError } from '../base/errors.ts';
import { defaultKernel } from '../kernel/default-kernel.ts';
import { EBADF } from '../kernel/errno.ts';
import { check } from '../kernel/os-error.ts';
import { isOwned } from './owned-fds.ts';
import type { CallableSocket } from './waiting-call.ts';

export function getInheritable(sock: CallableSocket): boolean {
  const fd = sock.requireOpen('getInheritable');
  return check(sock.kernel.fds.getInheritable(fd), 'fcntl', fd) === 1;
}

export function setInheritable(sock: CallableSocket, inheritable: boolean): void {
  const fd = sock.requireOpen('setInheritable');
  requireBoolean('Socket.setInheritable', 'inheritable', inheritable);
  check(sock.kernel.fds.setInheritable(fd, inheritable), 'fcntl', fd);
}

/**
 * The address of one end, as the system says it.
 * @param record where it is written; read right after
 */
export function nameOf(
  sock: CallableSocket,
  call: 'getsockname' | 'getpeername',
  record: Uint8Array,
): Address {
  const { sockets, constants } = sock.kernel;
  check(sockets[call](sock.requireOpen(call), record), call);
  return decodeAddress(constants, record, sock.proto);
}

/** A descriptor that no Socket of this thread has. @throws BusyResourceError for one that a Socket has */
export function requireUnowned(fd: number): number {
  if (!isOwned(defaultKernel().fds, requireFd('Socket.fromFd', fd))) return fd;
  throw new BusyResourceError(
    `Socket.fromFd: a Socket has descriptor ${fd} already, and two would close it twice. Use that one, its dup(), or what its detach() returns.`,
  );
}

/** The error of a call on a socket that was closed or detached. */
export function closedSocketError(call: string): OSError {
  const fields = { code: 'EBADF', errno: -EBADF, syscall: call };
  return new OSError(`${call} EBADF (the socket is closed)`, fields);
}
