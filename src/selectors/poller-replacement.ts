import { OSError } from '../base/errors.ts';
import { EBADF, EPERM } from '../kernel/errno.ts';
import type { Kernel, Poller, PollerKind } from '../kernel/kernel.ts';

/** The registration of one descriptor, as a poller takes it. */
export interface Watch {
  readonly fd: number;
  readonly events: number;
  readonly token: number;
}

/**
 * Opens a second poller with the same registrations, or returns null if the system refuses: the caller then
 * keeps the first one, which still works.
 *
 * A refused descriptor is left out when it was closed without being unregistered: EBADF, or EPERM where its
 * number now belongs to a regular file. The first poller had forgotten it in the same way.
 */
export function openReplacement(kernel: Kernel, kind: PollerKind, watches: Iterable<Watch>): Poller | null {
  const poller = tryOpen(kernel, kind);
  if (poller === null) return null;
  for (const { fd, events, token } of watches) {
    const result = events === 0 ? 0 : poller.set(fd, 0, events, token);
    if (result < 0 && result !== -EBADF && result !== -EPERM) {
      poller.close();
      return null;
    }
  }
  return poller;
}

function tryOpen(kernel: Kernel, kind: PollerKind): Poller | null {
  try {
    return kernel.openPoller(kind);
  } catch (error) {
    if (error instanceof OSError) return null;
    throw error;
  }
}
