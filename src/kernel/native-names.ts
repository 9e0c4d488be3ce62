/** Lookups of names over the addon. How, and what outlives whom: top of `native/names/lookup-threads.h`. */

import { type Addon, loadAddon } from './addon.ts';
import { check } from './errno.ts';
import type { NameCalls, NameLookups } from './kernel.ts';

/** A handle of the addon as {@link NameLookups}. The addon refuses a closed handle with -EBADF, so no state is kept here. */
class NativeLookups implements NameLookups {
  readonly fd: number;
  readonly #addon: Addon;
  readonly #handle: number;

  constructor(addon: Addon) {
    const out = new Int32Array(1);
    this.#handle = check(addon.lookupsOpen(out), 'pipe');
    this.fd = out[0] as number;
    this.#addon = addon;
  }

  getaddrinfo(host: Uint8Array, service: Uint8Array, hints: Int32Array): number {
    return this.#addon.lookupsGetaddrinfo(this.#handle, host, service, hints);
  }

  getnameinfo(address: Uint8Array, addressByteCount: number, flags: number): number {
    return this.#addon.lookupsGetnameinfo(this.#handle, address, addressByteCount, flags);
  }

  take(out: Uint8Array): number {
    return this.#addon.lookupsTake(this.#handle, out);
  }

  abandon(id: number): void {
    this.#addon.lookupsAbandon(this.#handle, id);
  }

  close(): void {
    this.#addon.lookupsClose(this.#handle);
  }
}

/** The system's resolver, asked on threads of its own. Lookups end with `close()`, or with the thread that opened them. */
export const nativeNames: NameCalls = {
  openLookups(): NameLookups {
    return new NativeLookups(loadAddon());
  },
};
