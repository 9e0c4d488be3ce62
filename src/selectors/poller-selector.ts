import { inspect } from 'node:util';
import { ClosedResourceError, KeyError } from '../base/errors.ts';
import { defaultKernel } from '../kernel/default-kernel.ts';
import { sendHeld } from '../kernel/held-sends.ts';
import type { Kernel, Poller, PollerKind } from '../kernel/kernel.ts';
import { waitSlice } from '../kernel/waits.ts';
import type { FileObject } from './file-object.ts';
import { requireEvents } from './interest.ts';
import { changeRefused, waitRefused } from './poller-errors.ts';
import { openReplacement } from './poller-replacement.ts';
import { type Registration, Registry } from './registry.ts';
import { BaseSelector, type DataArgument, type SelectorKey, type SelectorMap } from './selector.ts';

/** Options of every selector class. */
export interface SelectorOptions {
  /** The operating system to use; by default the machine's own. */
  readonly kernel?: Kernel;
}

/** Options of {@link PollerSelector}. */
export interface PollerSelectorOptions extends SelectorOptions {
  /** Which system call to wait in; by default the best that the kernel offers. */
  readonly kind?: PollerKind;
}

/** `select()`'s argument as milliseconds to wait: 0 checks once, Infinity waits for ever. */
function limitOf(timeoutMs: number | null | undefined): number {
  if (timeoutMs === null || timeoutMs === undefined) return Number.POSITIVE_INFINITY;
  if (typeof timeoutMs !== 'number' || Number.isNaN(timeoutMs)) {
    throw new TypeError(
      `select(): timeoutMs must be a number of milliseconds or null, got ${inspect(timeoutMs)}`,
    );
  }
  return Math.max(0, timeoutMs);
}

/** Events of one wait, at first: 8 KiB. libuv's batches are of this size too. */
const FIRST_CAPACITY = 1024;
/**
 * And at most: the native pollers hand out no more at once, because by then a system call per batch costs
 * nothing.
 */
const LARGEST_CAPACITY = 4096;
/** Waits with nothing but dead events that even an empty selector shrugs off; see `#replacePollerIfStale`. */
const STALE_WAITS = 8;

/**
 * A selector over one of the kernel's pollers: level-triggered, any number of descriptors.
 *
 * Beside the interface of `selectors` it has the allocation-free low level that an event loop needs:
 * `poll()`, then `readyKey(i)` and `readyEvents(i)` for each `i` below its result, and `setInterest()`.
 *
 * **Nothing is lost in a full batch.** Pollers are level-triggered: what did not fit is still ready, and the
 * poller's contract is that the next wait reports the others first, so nobody starves. A loop just goes on
 * with its next batch; `select()` itself goes on until it has seen all. The buffer doubles when it was full,
 * from 1,024 to 4,096 events.
 *
 * **A leaked registration cannot spin for ever.** epoll watches open files, not descriptors (epoll(7),
 * question 6): when a descriptor is closed before it is unregistered while a duplicate lives on, in a child
 * for example, the kernel goes on reporting it, and no call can remove it any more. Such events carry a dead
 * token and are dropped, but each wait would return at once. After `8 + size` waits that brought nothing
 * else, when the waste has cost about as much as the cure, the poller is replaced by a new one with all live
 * registrations. Level triggering again makes that invisible, except to who holds `fileno()`: then it is done
 * only when {@link PollerSelector.onFilenoReplaced} is set.
 */
export class PollerSelector<D = unknown> extends BaseSelector<D> {
  /**
   * Set this when you watch `fileno()` in another event loop. Called when that descriptor has been replaced
   * (see above), with the new one, while the old one is still open.
   */
  onFilenoReplaced: ((fd: number) => void) | null = null;
  readonly #kernel: Kernel;
  readonly #registry = new Registry<D>();
  readonly #map: SelectorMap<D> = this.#registry.view();
  #poller: Poller;
  #closed = false;
  #filenoShown = false;
  /** Pairs `[token, ready]` of the last wait. */
  #events = new Int32Array(2 * FIRST_CAPACITY);
  #count = 0;
  #full = false;
  /**
   * How many events of the last wait turned out dead; how many waits, since the last cure, brought nothing
   * else.
   */
  #deadCount = 0;
  #deadWaits = 0;
  /** Numbers the calls of `select()`, for merging. */
  #batch = 0;

  /**
   * @throws TypeError when the kernel does not offer `kind`, OSError (EMFILE) when it has no descriptor left.
   */
  constructor(options: PollerSelectorOptions = {}) {
    super();
    this.#kernel = options.kernel ?? defaultKernel();
    const { pollerKinds } = this.#kernel;
    if (options.kind !== undefined && !pollerKinds.includes(options.kind)) {
      const offered = pollerKinds.join(', ');
      throw new TypeError(
        `${new.target.name}: ${options.kind} is not offered here (this machine has ${offered}); use DefaultSelector`,
      );
    }
    this.#poller = this.#kernel.openPoller(options.kind);
  }

  /** Which system call this selector waits in. */
  get kind(): PollerKind {
    return this.#poller.kind;
  }

  /** @internal Whether its waits are to be cut into slices: see `kernel/waits.ts`. */
  get waitsOccupyThread(): boolean {
    return this.#kernel.waitsOccupyThread;
  }

  override register(fileobj: FileObject, events: number, ...[data]: DataArgument<D>): SelectorKey<D> {
    this.#requireOpen('register()');
    requireEvents(events, 'register()');
    const key = this.#registry.add(fileobj, events, data as D);
    const result = this.#poller.set(key.fd, 0, events, key.token);
    if (result < 0) {
      this.#registry.remove(key);
      throw changeRefused(result, this.kind, key.fd);
    }
    return key;
  }

  override unregister(fileobj: FileObject): SelectorKey<D> {
    this.#requireOpen('unregister()');
    const key = this.#registry.require(fileobj, 'unregister()');
    this.#drop(key);
    return key;
  }

  override modify(fileobj: FileObject, events: number, ...[data]: DataArgument<D>): SelectorKey<D> {
    this.#requireOpen('modify()');
    requireEvents(events, 'modify()');
    const key = this.#registry.require(fileobj, 'modify()');
    // Also when nothing changes: a descriptor that was closed and opened again meanwhile is thereby watched
    // again.
    const result = this.#poller.set(key.fd, key.events, events, key.token);
    if (result < 0) {
      // CPython bpo-30014: half a change is worse than none, so the object ends up unregistered.
      this.#drop(key);
      throw changeRefused(result, this.kind, key.fd);
    }
    if (events === key.events && data === key.data) return key;
    return this.#registry.replace(key, events, data as D);
  }

  override select(timeoutMs?: number | null): [SelectorKey<D>, number][] {
    this.#requireOpen('select()');
    let remainingMs = limitOf(timeoutMs);
    sendHeld();
    const deadlineMs = this.#kernel.nowMs() + remainingMs;
    for (;;) {
      const ready = this.#pollAll(waitSlice(remainingMs, this.waitsOccupyThread));
      if (ready.length > 0) return ready;
      if (remainingMs === 0) return [];
      // At the deadline it looks once more, without waiting: this thread may have been asleep past it.
      remainingMs = Math.max(0, deadlineMs - this.#kernel.nowMs());
    }
  }

  override getMap(): SelectorMap<D> {
    this.#requireOpen('getMap()');
    return this.#map;
  }

  /**
   * A descriptor that is readable while something registered is ready, for nesting this selector in another
   * one; -1 when it has none: with `poll`, which keeps its set in user space, and after `close()`.
   */
  fileno(): number {
    if (this.#closed) return -1;
    const fd = this.#poller.pollableFd();
    this.#filenoShown = fd >= 0;
    return fd;
  }

  override close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#poller.close();
    this.#registry.clear();
  }

  /**
   * One wait, for event loops. Not sliced: a driver chooses its own limit.
   *
   * @param timeoutMs milliseconds with fractions; negative waits for ever, 0 does not wait
   * @returns how many events there are for `readyKey(i)` and `readyEvents(i)`; 0 when the time ran out or a
   *   signal interrupted. They stay valid until the next `poll()` or `select()`
   * @throws OSError, ClosedResourceError
   */
  poll(timeoutMs: number): number {
    if (this.#deadCount !== 0) this.#replacePollerIfStale();
    if (this.#full && this.#events.length < 2 * LARGEST_CAPACITY) {
      this.#events = new Int32Array(2 * this.#events.length);
    }
    const count = this.#poller.wait(this.#events, timeoutMs);
    this.#full = 2 * count === this.#events.length;
    if (count < 0) {
      this.#count = 0;
      this.#requireOpen('poll()');
      throw waitRefused(count, this.kind);
    }
    this.#count = count;
    return count;
  }

  /**
   * What the event `index` of the last `poll()` is about; null if that registration has ended since, so that
   * a callback may unregister others of its own batch.
   */
  readyKey(index: number): SelectorKey<D> | null {
    const key = this.#registry.byToken(this.#events[2 * index] as number);
    if (key === null) this.#deadCount += 1;
    return key;
  }

  /** What that event is for, within the interest its key has now; 0 when nothing of it is wanted any more. */
  readyEvents(index: number): number {
    const key = this.#registry.byToken(this.#events[2 * index] as number);
    return key === null ? 0 : (this.#events[2 * index + 1] as number) & key.events;
  }

  /**
   * Changes the interest of a live key in place: same key object, nothing allocated, one system call if it
   * differs.
   *
   * @param key what `register()` or `modify()` returned last for its file object
   * @param events `EVENT_READ`, `EVENT_WRITE`, both, or 0: keep the key and have the kernel report nothing
   * @throws OSError when the system refuses; the key then keeps the interest it had. KeyError when it is not
   *   live
   */
  setInterest(key: SelectorKey<D>, events: number): void {
    const registration = key as Registration<D>;
    const before = registration.events;
    if (!this.#registry.isLive(registration)) throw this.#notLive(registration, 'setInterest()');
    if (events === before) return;
    registration.events = events;
    const result = this.#poller.set(registration.fd, before, events, registration.token);
    if (result < 0) {
      registration.events = before;
      throw changeRefused(result, this.kind, registration.fd);
    }
  }

  /**
   * Registers a live key once more, in place and with one system call: for a descriptor that may have been
   * closed and opened again. Events of the file that it was before, which a duplicate may keep open, are
   * recognized and dropped.
   *
   * @throws OSError when the system refuses: the key then keeps the interest it had. KeyError when it is not
   *   live
   */
  renew(key: SelectorKey<D>, events: number): void {
    const registration = key as Registration<D>;
    const before = registration.events;
    if (!this.#registry.isLive(registration)) throw this.#notLive(registration, 'renew()');
    this.#registry.changeToken(registration);
    registration.events = events;
    const result = this.#poller.set(registration.fd, before, events, registration.token);
    if (result < 0) {
      registration.events = before;
      throw changeRefused(result, this.kind, registration.fd);
    }
  }

  [inspect.custom](): string {
    const state = this.#closed ? 'closed' : `${this.#registry.size} registered`;
    return `${this.constructor.name} { ${this.kind}, ${state} }`;
  }

  #drop(key: Registration<D>): void {
    this.#registry.remove(key);
    // What it returns is of no use: the contract makes it 0 for a closed descriptor, and our own record is
    // gone anyway.
    if (key.events !== 0) this.#poller.set(key.fd, key.events, 0, key.token);
  }

  /** One wait, and as many more as it takes to see everything that is ready. */
  #pollAll(timeoutMs: number): [SelectorKey<D>, number][] {
    const ready: [SelectorKey<D>, number][] = [];
    this.#batch += 1;
    let count = this.poll(timeoutMs);
    // Ends: each round brings a key that was not there before, or is the last.
    while (this.#collect(count, ready) > 0 && this.#full) count = this.poll(0);
    return ready;
  }

  /** Appends a pair for each key that is not in `ready` yet, and returns how many those were. */
  #collect(count: number, ready: [SelectorKey<D>, number][]): number {
    const before = ready.length;
    for (let index = 0; index < count; index += 1) {
      const key = this.readyKey(index) as Registration<D> | null;
      const events = key === null ? 0 : this.readyEvents(index);
      if (key === null || events === 0) continue;
      if (key.batch === this.#batch) {
        (ready[key.place] as [SelectorKey<D>, number])[1] |= events;
        continue;
      }
      key.batch = this.#batch;
      key.place = ready.length;
      ready.push([key, events]);
    }
    return ready.length - before;
  }

  /**
   * Counts wasted waits, not waits in a row: on a busy server real events come in between, and the processor
   * would still be lost. Dead events beside live ones cost nothing worth a cure.
   */
  #replacePollerIfStale(): void {
    if (this.#deadCount >= this.#count) this.#deadWaits += 1;
    this.#deadCount = 0;
    if (this.#deadWaits < STALE_WAITS + this.#registry.size) return;
    this.#deadWaits = 0;
    if (this.#filenoShown && this.onFilenoReplaced === null) return;
    const fresh = openReplacement(this.#kernel, this.kind, this.#registry.values());
    if (fresh === null) return;
    const stale = this.#poller;
    this.#poller = fresh;
    try {
      if (this.#filenoShown) this.onFilenoReplaced?.(fresh.pollableFd());
    } finally {
      stale.close();
    }
  }

  #requireOpen(call: string): void {
    if (this.#closed) throw new ClosedResourceError(`${call}: this ${this.constructor.name} is closed`);
  }

  #notLive(key: Registration<D>, call: string): Error {
    this.#requireOpen(call);
    return new KeyError(`${call}: ${inspect(key)} was unregistered or replaced by modify()`);
  }
}
