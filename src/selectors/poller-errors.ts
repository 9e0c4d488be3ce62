import { OSError } from '../base/errors.ts';
import { EPERM } from '../kernel/errno.ts';
import type { PollerKind } from '../kernel/kernel.ts';
import { osError } from '../kernel/os-error.ts';

const CHANGE_CALL: Readonly<Record<PollerKind, string>> = {
  epoll: 'epoll_ctl',
  kqueue: 'kevent',
  poll: 'poll',
  simulated: 'poll',
};
const WAIT_CALL: Readonly<Record<PollerKind, string>> = { ...CHANGE_CALL, epoll: 'epoll_wait' };

/** The exception for a change of interest that the system refused with `-errno`. */
export function changeRefused(result: number, kind: PollerKind, fd: number): OSError {
  const error = osError(result, CHANGE_CALL[kind], fd);
  if (result !== -EPERM) return error;
  const remedy =
    'regular files and directories are always ready, as are devices such as /dev/null, and cannot be watched; ' +
    'read them with node:fs';
  return new OSError(`${error.message}: ${remedy}`, error);
}

/** The exception for a wait that failed with `-errno`. */
export function waitRefused(result: number, kind: PollerKind): OSError {
  return osError(result, WAIT_CALL[kind]);
}
