/** The errors of calls on a descriptor that somebody else uses, or has closed. */

import { BusyResourceError, type OSError } from '../base/errors.ts';
import { EBADF } from '../kernel/errno.ts';
import { osError } from '../kernel/os-error.ts';

/** Something that messages can name. */
interface Described {
  describe(): string;
}

interface Named {
  toString(): string;
}

/** The error of a call on a descriptor that belongs to a transport. */
export function usedBy(
  call: string,
  slot: Described & { readonly owner: Described | null },
): BusyResourceError {
  return new BusyResourceError(`${call}: ${slot.describe()} is used by ${slot.owner?.describe()}`);
}

/** The error of a second waiter for one direction of a descriptor. */
export function busy(action: string, slot: Described, waiter: Described | null): BusyResourceError {
  const other = waiter === null ? 'another waiter' : waiter.describe();
  return new BusyResourceError(
    `Cannot ${action} ${slot.describe()}: ${other} is already waiting for it. One waiter a direction: await the first, or cancel it.`,
  );
}

/** The error of a call that needs a descriptor for itself, which has an owner or a waiter. */
export function inUse(
  call: string,
  slot: Described & { owner: Described | null; reader: Described | null; writer: Described | null },
): BusyResourceError {
  return slot.owner === null ? busy(call, slot, slot.reader ?? slot.writer) : usedBy(call, slot);
}

/** The error of a call on a socket that another loop watches. */
export function ofOtherLoop(call: string, sock: Named): BusyResourceError {
  return new BusyResourceError(`${call}: ${sock} is in use by another loop. Close that loop first.`);
}

/** The error of a call on a socket of another operating system, a simulated one perhaps, than the loop's. */
export function ofOtherKernel(call: string, sock: Named & { kernel: { name: string } }): TypeError {
  return new TypeError(`${call}: ${sock} belongs to the ${sock.kernel.name} kernel, this loop to another.`);
}

/** What the waiters of a socket get that is closed by this program. */
export function closedUnderWaiter(sock: Named): OSError {
  return osError(EBADF, 'close', `${sock} was closed here while a task was waiting for it`);
}
