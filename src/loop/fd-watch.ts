/** `addReader` and `addWriter`: callbacks for any descriptor, called in each pass while it is ready. */

import { BusyResourceError } from '../base/errors.ts';
import { Socket } from '../sockets/socket.ts';
import { checkCallback, takeContext } from './call-options.ts';
import { usedBy } from './descriptor-errors.ts';
import { type Callback, WatchHandle } from './handle.ts';
import type { IoSlot } from './io-slot.ts';
import type { LoopCore } from './loop-core.ts';
import type { ReadinessWaiter } from './readiness-waiter.ts';

/** A descriptor, or something that has one. */
export type FileDescriptorLike = number | { fileno(): number };

/** Queues its handle whenever the descriptor is ready, until it is removed. */
class HandleWaiter implements ReadinessWaiter {
  readonly persistent = true;
  readonly handle: WatchHandle;
  private readonly loop: LoopCore;

  constructor(loop: LoopCore, handle: WatchHandle) {
    this.loop = loop;
    this.handle = handle;
  }

  get keepsAlive(): boolean {
    return this.handle.hasRef();
  }

  ready(): void {
    this.loop.ready.push(this.handle);
  }

  closed(): void {
    this.handle.cancel();
  }

  describe(): string {
    return this.handle.toString();
  }
}

/** The implementation of `loop.addReader`. Replaces the callback that was there. */
export function addReader(
  loop: LoopCore,
  file: FileDescriptorLike,
  callback: Callback,
  args: unknown[],
): WatchHandle {
  const { slot, handle } = prepare(loop, file, callback, args, 'addReader');
  requireOurs(slot.reader, slot, 'addReader');
  cancelHandle(slot.reader);
  const waiter = new HandleWaiter(loop, handle);
  loop.io.setReader(slot, waiter);
  handle.unwatch = () => {
    if (slot.reader === waiter) loop.io.clearReader(slot);
  };
  return handle;
}

/** The implementation of `loop.addWriter`. */
export function addWriter(
  loop: LoopCore,
  file: FileDescriptorLike,
  callback: Callback,
  args: unknown[],
): WatchHandle {
  const { slot, handle } = prepare(loop, file, callback, args, 'addWriter');
  requireOurs(slot.writer, slot, 'addWriter');
  cancelHandle(slot.writer);
  const waiter = new HandleWaiter(loop, handle);
  loop.io.setWriter(slot, waiter);
  handle.unwatch = () => {
    if (slot.writer === waiter) loop.io.clearWriter(slot);
  };
  return handle;
}

/** The implementation of `loop.removeReader`: whether there was one. */
export function removeReader(loop: LoopCore, file: FileDescriptorLike): boolean {
  const slot = loop.io.findFd(descriptorOf(file, 'removeReader'));
  if (slot === undefined || !(slot.reader instanceof HandleWaiter)) return false;
  cancelHandle(slot.reader);
  loop.io.clearReader(slot);
  return true;
}

/** The implementation of `loop.removeWriter`: whether there was one. */
export function removeWriter(loop: LoopCore, file: FileDescriptorLike): boolean {
  const slot = loop.io.findFd(descriptorOf(file, 'removeWriter'));
  if (slot === undefined || !(slot.writer instanceof HandleWaiter)) return false;
  cancelHandle(slot.writer);
  loop.io.clearWriter(slot);
  return true;
}

function prepare(
  loop: LoopCore,
  file: FileDescriptorLike,
  callback: Callback,
  args: unknown[],
  call: string,
): { slot: IoSlot; handle: WatchHandle } {
  loop.checkUsable(call);
  checkCallback(callback, call, loop);
  const slot = slotOf(loop, file, call);
  const context = takeContext(args);
  return { slot, handle: new WatchHandle(callback, args, loop, context) };
}

/** A socket itself, rather than its number, is remembered: closing it then takes its callbacks off. */
function slotOf(loop: LoopCore, file: FileDescriptorLike, call: string): IoSlot {
  const fd = descriptorOf(file, call);
  const known = loop.io.findFd(fd);
  const isFree = known === undefined || (known.socket === null && known.isIdle);
  return file instanceof Socket && isFree ? loop.io.slotOfSocket(file, call) : loop.io.slotOfFd(fd);
}

/** A callback takes the place of another one, never that of a transport, a signal source or a resolver. */
function requireOurs(waiter: ReadinessWaiter | null, slot: IoSlot, call: string): void {
  if (slot.owner !== null) throw usedBy(call, slot);
  if (waiter === null || !waiter.persistent || waiter instanceof HandleWaiter) return;
  throw new BusyResourceError(`${call}: ${slot.describe()} is used by ${waiter.describe()}`);
}

/** The caller takes the watch off, or puts another one in its place. */
function cancelHandle(waiter: ReadinessWaiter | null): void {
  if (!(waiter instanceof HandleWaiter)) return;
  waiter.handle.unwatch = null;
  waiter.handle.cancel();
}

function descriptorOf(file: FileDescriptorLike, call: string): number {
  const fd = typeof file === 'number' ? file : file?.fileno?.();
  if (!Number.isInteger(fd) || fd < 0) {
    throw new TypeError(`${call}: a descriptor or an object with fileno() is needed, got ${String(file)}`);
  }
  return fd;
}
