import { inspect } from 'node:util';
import { KeyError } from '../base/errors.ts';
import { currentDescriptor, describeFileObject, descriptorOf, type FileObject } from './file-object.ts';
import { describeEvents } from './interest.ts';
import type { SelectorKey, SelectorMap } from './selector.ts';
import { SlotTable } from './slot-table.ts';

/**
 * A key with what only its selector may touch: the interest it changes in place, the token, `select()`'s
 * notes.
 */
export class Registration<D> implements SelectorKey<D> {
  readonly fileobj: FileObject;
  readonly fd: number;
  /** Changed in place by `setInterest()` alone. */
  events: number;
  readonly data: D;
  /** Changed by the registry alone. */
  token: number;
  /**
   * The last `select()` that reported this key, and the place in its result: two events of one key become one
   * pair.
   */
  batch = 0;
  place = 0;

  constructor(fileobj: FileObject, fd: number, events: number, data: D, token: number) {
    this.fileobj = fileobj;
    this.fd = fd;
    this.events = events;
    this.data = data;
    this.token = token;
  }

  [inspect.custom](): string {
    const { fileobj, fd, events, data } = this;
    const about = typeof fileobj === 'number' ? '' : `fileobj: ${describeFileObject(fileobj)}, `;
    return `SelectorKey { ${about}fd: ${fd}, events: ${describeEvents(events)}, data: ${describeFileObject(data)} }`;
  }
}

/**
 * Which file objects are registered: descriptor → key, token → key. It asks no kernel.
 *
 *     absent ── add ──▶ live ── remove, clear ──▶ absent
 *                       live ── replace ──▶ live, same token, another key object
 *                       live ── changeToken ──▶ live, same key object, another token
 *
 * A key is live while `byToken(key.token)` is that very object. Keys that were removed or replaced are stale
 * for good, also when their descriptor or slot is used again.
 */
export class Registry<D> {
  readonly #byFd = new Map<number, Registration<D>>();
  readonly #slots = new SlotTable<Registration<D>>();

  get size(): number {
    return this.#byFd.size;
  }

  /** @throws TypeError or RangeError for no file object, KeyError when its descriptor is registered. */
  add(fileobj: FileObject, events: number, data: D): Registration<D> {
    const fd = descriptorOf(fileobj, 'register()');
    const present = this.#byFd.get(fd);
    if (present !== undefined) throw new KeyError(alreadyRegistered(fileobj, present));
    const key = new Registration(fileobj, fd, events, data, this.#slots.claim());
    this.#slots.put(key.token, key);
    this.#byFd.set(fd, key);
    return key;
  }

  /** Another key in the place of a live one: what events on their way find from now on. */
  replace(key: Registration<D>, events: number, data: D): Registration<D> {
    const successor = new Registration(key.fileobj, key.fd, events, data, key.token);
    this.#slots.put(key.token, successor);
    this.#byFd.set(key.fd, successor);
    return successor;
  }

  remove(key: Registration<D>): void {
    this.#slots.release(key.token);
    this.#byFd.delete(key.fd);
  }

  /** Gives a live key another token: events on their way under the old one find nothing from now on. */
  changeToken(key: Registration<D>): void {
    const token = this.#slots.claim();
    this.#slots.release(key.token);
    key.token = token;
    this.#slots.put(token, key);
  }

  clear(): void {
    for (const key of this.#byFd.values()) this.#slots.release(key.token);
    this.#byFd.clear();
  }

  /**
   * The live key an event is about; null when its registration ended after the kernel took note of the event.
   */
  byToken(token: number): Registration<D> | null {
    return this.#slots.at(token);
  }

  isLive(key: Registration<D>): boolean {
    return this.#slots.at(key.token) === key;
  }

  /**
   * The key of `fileobj`: by its descriptor, or, when it has none any more, by identity, so that an object
   * which was closed first can still be unregistered. That search is linear; unregister before closing to
   * spare it.
   */
  find(fileobj: FileObject, call: string): Registration<D> | undefined {
    const fd = currentDescriptor(fileobj, call);
    if (fd >= 0) return this.#byFd.get(fd);
    for (const key of this.#byFd.values()) if (key.fileobj === fileobj) return key;
    return undefined;
  }

  /** Like {@link find}. @throws KeyError if it is not registered. */
  require(fileobj: FileObject, call: string): Registration<D> {
    const key = this.find(fileobj, call);
    if (key === undefined) throw new KeyError(`${call}: ${describeFileObject(fileobj)} is not registered`);
    return key;
  }

  /** In the order of registration. */
  values(): MapIterator<Registration<D>> {
    return this.#byFd.values();
  }

  /** The public view. */
  view(): SelectorMap<D> {
    return new RegistryView(this, this.#byFd);
  }
}

function alreadyRegistered(fileobj: FileObject, present: Registration<unknown>): string {
  const holder = present.fileobj === fileobj ? '' : `, as ${describeFileObject(present.fileobj)}`;
  return (
    `register(): fd ${present.fd} is already registered${holder}; ` +
    'use modify(), or unregister() it first (before close(): the number is reused at once)'
  );
}

/** Reads through to the registry, so it is always current, and empty once the selector is closed. */
class RegistryView<D> implements SelectorMap<D> {
  readonly #registry: Registry<D>;
  readonly #byFd: ReadonlyMap<number, SelectorKey<D>>;

  constructor(registry: Registry<D>, byFd: ReadonlyMap<number, SelectorKey<D>>) {
    this.#registry = registry;
    this.#byFd = byFd;
  }

  get size(): number {
    return this.#byFd.size;
  }

  get(fileobj: FileObject): SelectorKey<D> | undefined {
    return this.#registry.find(fileobj, 'get()');
  }

  has(fileobj: FileObject): boolean {
    return this.#registry.find(fileobj, 'has()') !== undefined;
  }

  keys(): IterableIterator<number> {
    return this.#byFd.keys();
  }

  values(): IterableIterator<SelectorKey<D>> {
    return this.#byFd.values();
  }

  entries(): IterableIterator<[number, SelectorKey<D>]> {
    return this.#byFd.entries();
  }

  [Symbol.iterator](): IterableIterator<[number, SelectorKey<D>]> {
    return this.#byFd.entries();
  }

  [inspect.custom](): string {
    return `SelectorMap(${this.#byFd.size}) { fd ${[...this.#byFd.keys()].join(', ')} }`;
  }
}
