/**
 * The waiters of each descriptor.
 *
 * | slot        | reader / writer | interest in the kernel        | an event for it                         |
 * |-------------|-----------------|-------------------------------|-----------------------------------------|
 * | waited for  | a waiter        | armed                         | goes to the waiter                      |
 * | between     | null            | still armed for reading       | disarms: one call, then it is quiet     |
 * | idle        | null            | none                          | cannot come                             |
 * | closed      | null            | unregistered                  | is dropped by the selector's registry   |
 *
 * Interest in reading outlives its waiter, because the usual server awaits again before anything arrives: so
 * the steady state of an echo server is one `recv` and one `send` a message and no `epoll_ctl`. Interest in
 * writing does not: a socket is nearly always writable, and would report so in every wait.
 *
 * Telling a waiter never runs user code: waiters complete futures or queue handles, and those run in the
 * batch that follows.
 */

import { asError, isInterrupt } from '../coroutines/thrown.ts';
import { EBADF } from '../kernel/errno.ts';
import { READABLE, WRITABLE } from '../kernel/kernel.ts';
import { osError } from '../kernel/os-error.ts';
import { rememberOrigin } from '../loop/creation-stack.ts';
import type { PollerSelector } from '../selectors/poller-selector.ts';
import type { SelectorKey } from '../selectors/selector.ts';
import type { Socket } from '../sockets/socket.ts';
import { busy, inUse, ofOtherKernel, ofOtherLoop } from './descriptor-errors.ts';
import type { ExceptionContext } from './exception-context.ts';
import type { Instruments } from './instruments.ts';
import { IoSlot } from './io-slot.ts';
import type { LendingLoop } from './lent-memory.ts';
import type { ReadinessWaiter } from './readiness-waiter.ts';
import { ReceiveArena } from './receive-arena.ts';
import { ReceiveBatch } from './receive-batch.ts';
import { SendBatch } from './send-batch.ts';
import type { WakeHook } from './wake-hook.ts';

/**
 * Events dispatched before the tasks they woke run. With fewer, each pass costs more; with more, what the
 * kernel and the tasks touched for the first is no longer in the processor's cache when it is their turn (500
 * connections: 30 % a message).
 */
export const EVENTS_PER_CHUNK = 16;
/**
 * A chunk ends early when so much was received: the same for large messages. A small part of a second-level
 * cache.
 */
const BYTES_PER_CHUNK = 128 * 1024;

/** The slots of one loop. */
export class IoTable {
  private readonly selector: PollerSelector<IoSlot>;
  private readonly loop: LendingLoop;
  /** By descriptor: every one that is or was waited for. */
  readonly slots = new Map<number, IoSlot>();
  /** Where received bytes land. */
  readonly arena: ReceiveArena;
  /** How much readers have received in this chunk. */
  receivedByteCount = 0;
  private readonly batch: ReceiveBatch;
  /** What is sent together. */
  readonly sends: SendBatch;
  private readonly report: (context: ExceptionContext) => void;
  /**
   * The event to be dispatched next, and whom the last one was for: known to the guard in {@link dispatch}.
   */
  private nextEvent = 0;
  private told: ReadinessWaiter | null = null;
  private toldSlot: IoSlot | null = null;

  private readonly wake: WakeHook;
  /** The slot that was waited for when it was last asked for one: see {@link isWaitedFor}. */
  private witness: IoSlot | null = null;

  /** @param report receives the errors that nobody can catch */
  constructor(
    selector: PollerSelector<IoSlot>,
    loop: LendingLoop,
    wake: WakeHook,
    report: (context: ExceptionContext) => void,
  ) {
    this.selector = selector;
    this.loop = loop;
    this.wake = wake;
    this.report = report;
    this.arena = new ReceiveArena(loop);
    this.batch = new ReceiveBatch(this.arena, EVENTS_PER_CHUNK);
    this.sends = new SendBatch(loop);
  }

  /** The slot of a socket, made on first use. Later uses cost one comparison. */
  slotOfSocket(sock: Socket, call: string): IoSlot {
    const watcher = sock.watcher;
    if (watcher instanceof IoSlot && watcher.table === this) return watcher;
    return this.adoptSocket(sock, call);
  }

  /**
   * The slot of a bare descriptor, made on first use. If it is that of a socket, its registration is renewed:
   * the number may have been closed behind the socket's back and opened again. {@link arm} does that for bare
   * descriptors.
   */
  slotOfFd(fd: number): IoSlot {
    let slot = this.slots.get(fd);
    if (slot === undefined) {
      slot = new IoSlot(this, fd, null);
      this.slots.set(fd, slot);
    } else if (slot.socket !== null && slot.key !== null) {
      this.renew(slot, slot.key, slot.key.events);
    }
    return slot;
  }

  findFd(fd: number): IoSlot | undefined {
    return this.slots.get(fd);
  }

  setReader(slot: IoSlot, waiter: ReadinessWaiter): void {
    if (slot.reader !== null && !(slot.reader.persistent && waiter.persistent)) {
      throw busy('read from', slot, slot.reader);
    }
    this.arm(slot, READABLE);
    slot.reader = waiter;
    if (this.wake.armed !== null) this.wake.fire();
  }

  setWriter(slot: IoSlot, waiter: ReadinessWaiter): void {
    if (slot.writer !== null && !(slot.writer.persistent && waiter.persistent)) {
      throw busy('write to', slot, slot.writer);
    }
    this.arm(slot, WRITABLE);
    slot.writer = waiter;
    if (this.wake.armed !== null) this.wake.fire();
  }

  /**
   * Keeps a reader that is not to be called for now, because it waits for a timer, so that it learns of the
   * closing.
   */
  holdReader(slot: IoSlot, waiter: ReadinessWaiter): void {
    slot.reader = waiter;
    this.disarm(slot, READABLE);
  }

  /** Like {@link holdReader}. */
  holdWriter(slot: IoSlot, waiter: ReadinessWaiter): void {
    slot.writer = waiter;
    this.disarm(slot, WRITABLE);
  }

  /**
   * Takes the reader off. A bare descriptor is forgotten when nothing is left: its owner may close it next.
   */
  clearReader(slot: IoSlot): void {
    slot.reader = null;
    if (slot.socket === null) this.disarm(slot, READABLE);
    if (this.wake.armed !== null) this.wake.fire();
  }

  clearWriter(slot: IoSlot): void {
    slot.writer = null;
    this.disarm(slot, WRITABLE);
    if (this.wake.armed !== null) this.wake.fire();
  }

  /** Whether somebody waits for a descriptor for whom Node must stay. */
  isWaitedFor(): boolean {
    if (this.witness?.keepsAlive() === true) return true;
    this.witness = null;
    for (const slot of this.slots.values()) {
      if (!slot.keepsAlive()) continue;
      this.witness = slot;
      return true;
    }
    return false;
  }

  /**
   * Tells the waiters of a chunk of the events that the selector's last poll found, from event `from` on.
   * @param readyCount how many it found
   * @returns where the next chunk begins
   */
  dispatch(from: number, readyCount: number, instruments: Instruments | null): number {
    this.nextEvent = from;
    this.receivedByteCount = 0;
    const to = Math.min(from + EVENTS_PER_CHUNK, readyCount);
    for (;;) {
      // The last line of defence, around all events: an unexpected error ends the waiter that threw it, and
      // nothing else.
      try {
        this.batch.flush();
        this.dispatchUpTo(to, instruments);
        return this.nextEvent;
      } catch (error) {
        this.endWaiter(error);
      }
    }
  }

  private dispatchUpTo(to: number, instruments: Instruments | null): void {
    while (this.nextEvent < to && this.receivedByteCount < BYTES_PER_CHUNK) {
      const index = this.nextEvent++;
      const key = this.selector.readyKey(index);
      if (key === null) continue;
      const events = this.selector.readyEvents(index);
      const slot = key.data;
      if ((events & READABLE) !== 0) this.tellReader(slot, instruments);
      if ((events & WRITABLE) !== 0 && slot.key !== null) this.tellWriter(slot, instruments);
    }
    this.batch.flush();
  }

  /** Ends the waiter that threw `error`. An interrupt is passed on: it is meant for the caller of run(). */
  private endWaiter(error: unknown): void {
    if (isInterrupt(error)) throw error;
    const failed = this.batch.failed();
    const waiter = failed?.waiter ?? this.told;
    const slot = failed === null ? this.toldSlot : (this.slots.get(failed.fd) ?? null);
    const who = `${waiter?.describe() ?? 'no waiter'}, ${slot?.describe() ?? 'no descriptor'}`;
    this.report({ message: `Unexpected error in telling of readiness: ${who}`, exception: error });
    if (slot !== null && slot.reader === waiter) this.clearReader(slot);
    if (slot !== null && slot.writer === waiter) this.clearWriter(slot);
    waiter?.closed(asError(error));
  }

  /**
   * Forgets a slot; its owner, and whoever waits on it, is told what `makeError` makes. It is not asked where
   * there is nobody, the usual case: describing a socket costs two system calls, an error its stack.
   */
  close(slot: IoSlot, makeError: () => Error): void {
    // While the descriptor is still its own.
    this.sends.flush();
    const { reader, writer, owner } = slot;
    slot.reader = null;
    slot.writer = null;
    this.forget(slot);
    if (reader === null && writer === null && owner === null) return;
    if (this.wake.armed !== null) this.wake.fire();
    const error = makeError();
    reader?.closed(error);
    writer?.closed(error);
    // It may wait for nothing: a paused transport would go on, and the number is soon another file's.
    owner?.closed(error);
  }

  /**
   * Lets go of every descriptor. The descriptors themselves stay open: they belong to whoever opened them.
   */
  closeAll(error: Error): void {
    for (const slot of [...this.slots.values()]) this.close(slot, () => error);
  }

  private tellReader(slot: IoSlot, instruments: Instruments | null): void {
    const waiter = slot.reader;
    this.told = waiter;
    this.toldSlot = slot;
    if (waiter === null) {
      this.disarm(slot, READABLE);
      return;
    }
    if (instruments !== null && slot.socket !== null) instruments.selectorEvent.tell(slot.fd, READABLE);
    const { receiver } = slot;
    const byteCount = receiver === null || receiver.reader !== waiter ? 0 : receiver.receiveByteCount;
    if (receiver !== null && byteCount > 0) {
      if (!waiter.persistent) slot.reader = null;
      this.batch.add(slot.fd, receiver, byteCount);
    } else {
      this.batch.flush();
      if (!waiter.persistent) slot.reader = null;
      waiter.ready();
    }
  }

  private tellWriter(slot: IoSlot, instruments: Instruments | null): void {
    const waiter = slot.writer;
    this.told = waiter;
    this.toldSlot = slot;
    if (waiter !== null) {
      if (instruments !== null && slot.socket !== null) instruments.selectorEvent.tell(slot.fd, WRITABLE);
      this.batch.flush();
      if (!waiter.persistent) slot.writer = null;
      waiter.ready();
    }
    if (slot.writer === null) this.disarm(slot, WRITABLE);
  }

  private arm(slot: IoSlot, interest: number): void {
    const key = slot.key;
    if (key === null) this.register(slot, interest);
    else if (slot.socket === null) this.renew(slot, key, key.events | interest);
    else if ((key.events & interest) === 0) this.selector.setInterest(key, key.events | interest);
  }

  /** A bare descriptor that the system refuses is forgotten: its number may be that of a socket next. */
  private register(slot: IoSlot, events: number): void {
    try {
      slot.key = this.selector.register(slot.fd, events, slot);
    } catch (error) {
      if (slot.socket === null && slot.isIdle) this.forget(slot);
      throw error;
    }
  }

  /**
   * Registers a descriptor that we believe to be registered. The number may have been closed and opened again
   * since, and then the kernel has forgotten it. When the system refuses (EBADF, EPERM), the waiters of the
   * old file end.
   */
  private renew(slot: IoSlot, key: SelectorKey<IoSlot>, events: number): void {
    try {
      this.selector.renew(key, events);
    } catch (error) {
      this.close(slot, () => error as Error);
      throw error;
    }
  }

  private disarm(slot: IoSlot, interest: number): void {
    const key = slot.key;
    if (key === null) return;
    if ((key.events & interest) !== 0) this.selector.setInterest(key, key.events & ~interest);
    if (slot.socket === null && slot.reader === null && slot.writer === null) this.forget(slot);
  }

  private forget(slot: IoSlot): void {
    if (slot.key !== null) {
      this.selector.unregister(slot.fd);
      slot.key = null;
    }
    if (this.slots.get(slot.fd) === slot) this.slots.delete(slot.fd);
    if (slot.socket !== null && slot.socket.watcher === slot) slot.socket.watcher = null;
  }

  private adoptSocket(sock: Socket, call: string): IoSlot {
    if (sock.fd < 0) throw osError(EBADF, call, sock.toString());
    if (sock.watcher !== null) throw ofOtherLoop(call, sock);
    if (sock.kernel !== this.loop.kernel) throw ofOtherKernel(call, sock);
    const known = this.slots.get(sock.fd);
    if (known !== undefined) {
      // Watched by number so far (addReader). If somebody still is, the descriptor is this very socket's.
      if (!known.isIdle) throw inUse(call, known);
      this.forget(known);
    }
    if (this.loop.getDebug()) rememberOrigin(sock, rememberOrigin);
    const slot = new IoSlot(this, sock.fd, sock);
    this.slots.set(sock.fd, slot);
    sock.watcher = slot;
    return slot;
  }
}
