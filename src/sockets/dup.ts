import { requireFd } from '../base/arguments.ts';
import { defaultKernel } from '../kernel/default-kernel.ts';
import { check } from '../kernel/errno.ts';
import type { Kernel } from '../kernel/kernel.ts';

/**
 * A second descriptor for the same open file, close-on-exec. Python's `socket.dup`; for a socket object, use its own
 * `dup()`.
 *
 * @returns the new descriptor's number, the caller's to close.
 * @throws {OSError} EBADF, EMFILE.
 */
export function dup(fd: number, kernel: Kernel = defaultKernel()): number {
  const copy = check(kernel.fds.dup(requireFd('dup', fd)), 'dup', fd);
  // A bare number: who has it closes it, in whatever way.
  check(kernel.fds.release(copy), 'release', copy);
  return copy;
}
