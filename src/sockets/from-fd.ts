import { requireFd } from '../base/arguments.ts';
import { defaultKernel } from '../kernel/default-kernel.ts';
import { check } from '../kernel/errno.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { Socket } from './socket.ts';

/**
 * A socket for a duplicate of an open descriptor; the original stays its owner's to close. Python's `socket.fromfd`.
 * To take a descriptor over, such as one from systemd, pass `{ fileno }` to the constructor instead.
 *
 * Non-blocking is a property of the open file, not of the descriptor: the original becomes non-blocking as well.
 *
 * @param family, type, proto what the descriptor says unless told.
 * @param kernel the operating system to live on; the real one unless told.
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
