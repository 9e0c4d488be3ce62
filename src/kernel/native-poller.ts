/** Pollers over the addon. */

import { environmentVariable } from '../base/environment.ts';
import { type Addon, loadAddon } from './addon.ts';
import type { Poller, PollerKind } from './kernel.ts';
import { check } from './os-error.ts';

/**
 * A handle of the addon as a {@link Poller}. The addon refuses a closed handle with -EBADF, so no state is
 * kept here.
 */
class NativePoller implements Poller {
  readonly kind: PollerKind;
  readonly #addon: Addon;
  readonly #handle: number;

  constructor(addon: Addon, kind: PollerKind, handle: number) {
    this.kind = kind;
    this.#addon = addon;
    this.#handle = handle;
  }

  set(fd: number, before: number, after: number, token: number): number {
    return this.#addon.pollerSet(this.#handle, fd, before, after, token);
  }

  wait(events: Int32Array, timeoutMs: number): number {
    return this.#addon.pollerWait(this.#handle, events, timeoutMs);
  }

  pollableFd(): number {
    return this.#addon.pollerPollableFd(this.#handle);
  }

  close(): void {
    this.#addon.pollerClose(this.#handle);
  }
}

/**
 * What this build of the addon can open, best first; there is always one. The environment variable
 * `SELECTLOOP_POLLER` puts a kind of one's choice first: to compare, or where a sandbox refuses the best.
 *
 * @throws {TypeError} when it names a kind that this build does not have.
 */
export function nativePollerKinds(): readonly PollerKind[] {
  const kinds = loadAddon().pollerKinds() as PollerKind[];
  const preferred = environmentVariable('SELECTLOOP_POLLER');
  if (preferred === '') return kinds;
  const others = kinds.filter((kind) => kind !== preferred);
  if (others.length < kinds.length) return [preferred as PollerKind, ...others];
  throw new TypeError(`SELECTLOOP_POLLER is '${preferred}'; this build has ${kinds.join(', ')}.`);
}

/**
 * Opens a poller.
 *
 * @param kind which system call to sleep in; by default the best one of this build.
 * @throws {TypeError} when this build does not have that kind; the message lists those it has.
 * @throws {OSError} when the system refuses: EMFILE, ENFILE, ENOMEM.
 */
export function openNativePoller(kind?: PollerKind): Poller {
  const addon = loadAddon();
  const kinds = nativePollerKinds();
  const chosen = kind ?? kinds[0] ?? 'poll';
  if (!kinds.includes(chosen)) {
    throw new TypeError(`There is no poller of kind '${chosen}' in this build; it has ${kinds.join(', ')}.`);
  }
  return new NativePoller(addon, chosen, check(addon.pollerOpen(chosen), `open a poller of kind ${chosen}`));
}
