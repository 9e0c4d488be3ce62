/**
 * Wake-ups over the addon. The protocol of the two shared words, and the proof that no wake is lost and none
 * hits a descriptor that somebody else has meanwhile been given, is prose at the top of
 * `native/wakeup/wakeup.h`.
 *
 * | state  | wake                            | drain             | close                                  |
 * |--------|---------------------------------|-------------------|----------------------------------------|
 * | open   | makes `fd` readable             | makes it unreadable | waits for wakes in flight → closed   |
 * | closed | nothing, from any thread, ever  | nothing           | nothing                                |
 */

import { type Addon, loadAddon } from './addon.ts';
import type { WakeHandle, Wakeup } from './kernel.ts';
import { check } from './os-error.ts';

/**
 * Places in the shared words, as in `wakeup.h`: 1 while the descriptor has been made readable and not
 * drained.
 */
const PENDING = 0;
/** Bytes of the two shared words. */
const STATE_BYTE_COUNT = 8;

/** The words of each handle used in this thread, so that a wake makes no garbage. */
const wordsByState = new WeakMap<SharedArrayBuffer, Int32Array>();

/** The shared words of a handle. @throws TypeError when it is something else */
export function wordsOf(handle: WakeHandle): Int32Array {
  const known = wordsByState.get(handle.state);
  if (known !== undefined) return known;
  if (!(handle.state instanceof SharedArrayBuffer) || handle.state.byteLength !== STATE_BYTE_COUNT) {
    throw new TypeError(
      'wake() takes the `handle` of a Wakeup, as postMessage delivers it; this is not one: its `state` is not shared memory.',
    );
  }
  const words = new Int32Array(handle.state);
  wordsByState.set(handle.state, words);
  return words;
}

function wakeWords(addon: Addon, words: Int32Array, writeFd: number): void {
  // Adding nothing is a read that the draining thread's own read-modify-write is ordered against; a plain
  // load is not.
  if (Atomics.or(words, PENDING, 0) !== 0) return;
  addon.wakeupWake(words, writeFd);
}

/**
 * Makes the wake-up behind `handle` readable, from any thread. Does nothing when it is readable already, or
 * closed.
 *
 * @param handle from {@link Wakeup.handle}, as it is or as `postMessage` delivered it.
 * @throws {TypeError} when it is something else.
 */
export function wake(handle: WakeHandle): void {
  wakeWords(loadAddon(), wordsOf(handle), handle.writeFd);
}

class NativeWakeup implements Wakeup {
  readonly fd: number;
  readonly handle: WakeHandle;
  readonly #addon: Addon;
  readonly #words: Int32Array;

  constructor(addon: Addon) {
    const state = new SharedArrayBuffer(STATE_BYTE_COUNT);
    const fds = new Int32Array(2);
    const words = new Int32Array(state);
    check(addon.wakeupOpen(words, fds), 'open a wake-up');
    const [readFd = -1, writeFd = -1] = fds;
    this.fd = readFd;
    this.handle = { writeFd, state };
    this.#addon = addon;
    this.#words = words;
  }

  wake(): void {
    wakeWords(this.#addon, this.#words, this.handle.writeFd);
  }

  drain(): void {
    this.#addon.wakeupDrain(this.#words, this.fd);
  }

  close(): void {
    this.#addon.wakeupClose(this.#words);
  }
}

/**
 * Opens a wake-up: an eventfd on Linux, a pipe elsewhere. It ends with `close()`, or with its thread.
 *
 * @throws {OSError} when the system refuses: EMFILE, ENFILE, ENOMEM.
 */
export function openNativeWakeup(): Wakeup {
  return new NativeWakeup(loadAddon());
}
