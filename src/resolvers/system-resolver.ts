/**
 * A loop's questions to the system's resolver. The kernel asks it elsewhere and makes a descriptor readable
 * when an answer has come; the loop's selector watches that like any other, so answers arrive while the loop
 * blocks.
 *
 * | state  | entered by           | a question                      | its future is cancelled   | close()                    |
 * |--------|----------------------|---------------------------------|---------------------------|----------------------------|
 * | unused | construction         | opens the descriptor → open     | –                         | closed                     |
 * | open   | the first question   | is under way until answered     | answer dropped            | futures fail → closed      |
 * | closed | close()              | RuntimeError of the loop        | –                         | nothing                    |
 */

import { ClosedResourceError } from '../base/errors.ts';
import { Future, type FutureSource } from '../futures/future.ts';
import { FINISHED } from '../futures/future-state.ts';
import type { NameLookups } from '../kernel/kernel.ts';
import { osError } from '../kernel/os-error.ts';
import type { IoSlot } from '../loop/io-slot.ts';
import type { LoopCore } from '../loop/loop-core.ts';
import type { ReadinessWaiter } from '../loop/readiness-waiter.ts';
import { type AddressInfo, type AddressQuery, encodeQuery } from '../names/address-query.ts';
import { decodeAddresses, decodeNames, type NameInfo, takeAnswer } from '../names/lookup-answer.ts';
import type { NameQuery } from '../names/name-query.ts';

/** One question that is out. */
class Pending implements FutureSource {
  readonly future: Future<unknown>;
  private readonly text: string;
  private readonly abandon: () => void;
  /** The answer's value, from its bytes; throws what the resolver refused. */
  readonly decode: (bytes: Uint8Array) => unknown;

  constructor(
    future: Future<unknown>,
    text: string,
    abandon: () => void,
    decode: (bytes: Uint8Array) => unknown,
  ) {
    this.future = future;
    this.text = text;
    this.abandon = abandon;
    this.decode = decode;
  }

  abandoned(): void {
    this.abandon();
  }

  describe(): string {
    return this.text;
  }

  answer(bytes: Uint8Array): void {
    let value: unknown;
    try {
      value = this.decode(bytes);
    } catch (error) {
      this.future.fail(error);
      return;
    }
    this.future.settle(FINISHED, value);
  }
}

export class SystemResolver implements ReadinessWaiter {
  readonly persistent = true;
  private readonly loop: LoopCore;
  private readonly pending = new Map<number, Pending>();
  private lookups: NameLookups | null = null;
  private slot: IoSlot | null = null;

  constructor(loop: LoopCore) {
    this.loop = loop;
  }

  /** Only while it is asked something. */
  get mayWake(): boolean {
    return this.pending.size > 0;
  }

  /** @throws OSError EMFILE; GaiError for a name that cannot exist */
  getaddrinfo(query: AddressQuery): Future<AddressInfo[]> {
    const { constants } = this.loop.kernel;
    const { host, service, hints } = encodeQuery(constants, query);
    const subject = query.host ?? String(query.port);
    return this.ask<AddressInfo[]>(
      'getaddrinfo',
      subject,
      (lookups) => lookups.getaddrinfo(host, service, hints),
      (bytes) => decodeAddresses(constants, bytes, query),
    );
  }

  /** @throws OSError EMFILE */
  getnameinfo(query: NameQuery): Future<NameInfo> {
    const { constants } = this.loop.kernel;
    const { host, record, recordByteCount, flags } = query;
    return this.ask<NameInfo>(
      'getnameinfo',
      host,
      (lookups) => lookups.getnameinfo(record, recordByteCount, flags),
      (bytes) => decodeNames(constants, bytes, host),
    );
  }

  ready(): void {
    const { lookups } = this;
    if (lookups === null) return;
    for (let answer = takeAnswer(lookups); answer !== null; answer = takeAnswer(lookups)) {
      const pending = this.pending.get(answer.id);
      this.pending.delete(answer.id);
      pending?.answer(answer.bytes);
    }
  }

  /** The loop lets go of all descriptors: {@link close} has come before. */
  closed(): void {}

  describe(): string {
    return "the answers of the system's resolver";
  }

  /** Pending calls fail; what the resolver still finds out for them is dropped. */
  close(): void {
    const { lookups, slot } = this;
    this.lookups = null;
    this.slot = null;
    if (slot !== null) this.loop.io.clearReader(slot);
    lookups?.close();
    const waiting = [...this.pending.values()];
    this.pending.clear();
    for (const { future } of waiting) future.fail(new ClosedResourceError('the event loop was closed'));
  }

  private ask<T>(
    syscall: string,
    subject: string,
    start: (lookups: NameLookups) => number,
    decode: (bytes: Uint8Array) => T,
  ): Future<T> {
    const lookups = this.open();
    const id = start(lookups);
    if (id < 0) throw osError(id, syscall, subject);
    const future = new Future<T>({ loop: this.loop });
    const abandon = (): void => {
      this.pending.delete(id);
      lookups.abandon(id);
    };
    const pending = new Pending(future, `${syscall} of ${subject}`, abandon, decode);
    future.source = pending;
    this.pending.set(id, pending);
    // It is work from now on, for which Node stays where the loop is its guest.
    this.loop.wake.fire();
    return future;
  }

  private open(): NameLookups {
    if (this.lookups !== null) return this.lookups;
    const lookups = this.loop.kernel.names.openLookups();
    try {
      const slot = this.loop.io.slotOfFd(lookups.fd);
      this.loop.io.setReader(slot, this);
      this.slot = slot;
    } catch (error) {
      lookups.close();
      throw error;
    }
    this.lookups = lookups;
    return lookups;
  }
}
