import { KeyError } from '../base/errors.ts';
import type { FileObject } from './file-object.ts';
import { describeFileObject } from './file-object.ts';

/**
 * What a selector knows about one registered file object. Frozen in meaning, as Python's named tuple:
 * `modify()` makes a new key and the old one is stale.
 */
export interface SelectorKey<D = unknown> {
  /** What was passed to `register()`. */
  readonly fileobj: FileObject;
  /** Its descriptor at that time. */
  readonly fd: number;
  /** Interest: `EVENT_READ`, `EVENT_WRITE` or both. */
  readonly events: number;
  /** Whatever was attached: a callback, a session, nothing. */
  readonly data: D;
}

/**
 * A live, read-only view of a selector's registrations: file object → key. Iterates in the order of
 * registration; its own keys are descriptors, as in CPython.
 */
export interface SelectorMap<D = unknown> extends Iterable<[number, SelectorKey<D>]> {
  readonly size: number;
  /** The key of `fileobj` (descriptor or object, closed objects by identity), or `undefined`. */
  get(fileobj: FileObject): SelectorKey<D> | undefined;
  has(fileobj: FileObject): boolean;
  keys(): IterableIterator<number>;
  values(): IterableIterator<SelectorKey<D>>;
  entries(): IterableIterator<[number, SelectorKey<D>]>;
}

/** The trailing `data` argument: optional where `D` admits `undefined`, and required everywhere else. */
export type DataArgument<D> = undefined extends D ? [data?: D] : [data: D];

/**
 * Finds out which of many file objects are ready: the interface of CPython 3.13's `selectors.BaseSelector`,
 * in milliseconds.
 *
 * `D` is the type of the attached data. A selector belongs to one thread.
 */
export abstract class BaseSelector<D = unknown> {
  /**
   * Starts to watch `fileobj` for `events`.
   *
   * @param fileobj a descriptor or an object with `fileno()`
   * @param events `EVENT_READ`, `EVENT_WRITE` or both
   * @param data attached to the key
   * @returns the new key
   * @throws TypeError or RangeError for bad events or no file object; KeyError when its descriptor is
   *   registered already; OSError when the system refuses: EBADF for a closed descriptor, EPERM for a regular
   *   file or directory
   */
  abstract register(fileobj: FileObject, events: number, ...data: DataArgument<D>): SelectorKey<D>;

  /**
   * Stops to watch `fileobj`. Silent about a descriptor that was closed in the meantime; unregister *before*
   * closing all the same, because a descriptor number is reused at once.
   *
   * @returns the key it had
   * @throws KeyError when it is not registered
   */
  abstract unregister(fileobj: FileObject): SelectorKey<D>;

  /**
   * Changes the interest in, and the data attached to, a registered file object. Data that is left out is
   * gone: it becomes `undefined`, as CPython's becomes None. When the system refuses, the object is no longer
   * registered. A descriptor that was closed and opened again since is watched again, also when events and
   * data stay the same.
   *
   * @returns the new key
   * @throws KeyError when it is not registered, and whatever `register()` throws
   */
  modify(fileobj: FileObject, events: number, ...data: DataArgument<D>): SelectorKey<D> {
    this.unregister(fileobj);
    return this.register(fileobj, events, ...data);
  }

  /**
   * Waits until at least one registered file object is ready, or the time has run out.
   *
   * @param timeoutMs how long at most, in milliseconds with fractions; `<= 0` looks without waiting; `null`
   *   or left out waits for ever. Never returns empty before that time is over: a wait that a signal
   *   interrupts goes on with what is left of it (PEP 475)
   * @returns one pair per ready object: its key and what it is ready for, within its interest; empty on
   *   time-out
   */
  abstract select(timeoutMs?: number | null): [SelectorKey<D>, number][];

  /**
   * The live view of all registrations.
   *
   * @throws ClosedResourceError when the selector is closed (CPython returns None)
   */
  abstract getMap(): SelectorMap<D>;

  /**
   * The key of a registered file object.
   *
   * @throws KeyError when it is not registered, ClosedResourceError when the selector is closed
   */
  getKey(fileobj: FileObject): SelectorKey<D> {
    const key = this.getMap().get(fileobj);
    if (key === undefined) throw new KeyError(`${describeFileObject(fileobj)} is not registered`);
    return key;
  }

  /** Releases what the selector holds. The registered file objects are the caller's and stay open. */
  close(): void {
    // A selector that holds nothing has nothing to release.
  }

  /** `using selector = new DefaultSelector()` closes it at the end of the block. */
  [Symbol.dispose](): void {
    this.close();
  }
}
