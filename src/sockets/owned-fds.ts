/**
 * Which descriptors belong to a Socket of this thread: one byte for each, of each system. Two owners of one
 * descriptor are a mistake that shows late: the second close ends what has got the number meanwhile.
 */

import type { Kernel } from '../kernel/kernel.ts';

type DescriptorCalls = Kernel['fds'];

const tables = new WeakMap<DescriptorCalls, Uint8Array>();
/** The table that was used last, of {@link lastCalls}: a program has one system, but for tests. */
let table: Uint8Array = new Uint8Array(0);
let lastCalls: DescriptorCalls | null = null;

/** From now on a Socket closes `fd`. */
export function noteOwned(calls: DescriptorCalls, fd: number): void {
  if (calls !== lastCalls) select(calls);
  if (fd >= table.length) grow(calls, fd);
  table[fd] = 1;
}

/** No Socket closes `fd` any more. */
export function noteDisowned(calls: DescriptorCalls, fd: number): void {
  if (calls !== lastCalls) select(calls);
  if (fd >= 0) table[fd] = 0;
}

/** Whether a Socket of this thread closes `fd`. */
export function isOwned(calls: DescriptorCalls, fd: number): boolean {
  if (calls !== lastCalls) select(calls);
  return table[fd] === 1;
}

function select(calls: DescriptorCalls): void {
  table = tables.get(calls) ?? new Uint8Array(0);
  lastCalls = calls;
}

function grow(calls: DescriptorCalls, fd: number): void {
  const larger = new Uint8Array(2 * fd + 64);
  larger.set(table);
  table = larger;
  tables.set(calls, table);
}
