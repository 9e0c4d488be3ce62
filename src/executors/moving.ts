/** Buffers that go to another thread whole, instead of being copied. */

import { isUntransferable } from '../base/untransferable.ts';
import { describeValue } from '../coroutines/misuse.ts';
import { takeMoved } from './worker-program.ts';

/** In each thread, whichever copy of this package or of `worker-program.ts` asks. */
const MOVED = Symbol.for('selectloop.moved');

/**
 * Marks a buffer to be moved instead of copied: with the next call that takes it as an argument or, in a
 * worker, with the result that it is or is part of (an element or a property). It is empty here afterwards.
 * SharedArrayBuffers need no mark: they are shared.
 *
 *     const digest = yield* work.hash(move(fileContents));
 *
 * A view takes along the whole ArrayBuffer behind it. Moving needs a thread: to a process it is a copy. So is
 * what came from a socket and shares its memory with other messages.
 *
 * @param buffer an ArrayBuffer, a view of one, or a MessagePort
 * @returns `buffer` itself
 * @throws TypeError for small Buffers that share Node's pool with others
 */
export function move<T extends object>(buffer: T): T {
  if (typeof buffer !== 'object' || buffer === null) {
    throw new TypeError(`move: a buffer is needed, got ${describeValue(buffer)}`);
  }
  // Asked first: a block is as large as Node's pool is in some versions.
  if (isUntransferable(ArrayBuffer.isView(buffer) ? buffer.buffer : (buffer as unknown as ArrayBuffer))) {
    return buffer;
  }
  if (ArrayBuffer.isView(buffer) && isPooled(buffer)) {
    throw new TypeError(
      "move: this Buffer is a part of Node's pool, which other Buffers share. Copy it: move(new Uint8Array(buffer)).",
    );
  }
  const shared = globalThis as { [MOVED]?: WeakSet<object> };
  shared[MOVED] ??= new WeakSet();
  shared[MOVED].add(buffer);
  return buffer;
}

/** Node 26's pool is larger than `Buffer.poolSize`, by what it needs to align it. So a small Buffer tells. */
function isPooled(view: ArrayBufferView): boolean {
  if (!Buffer.isBuffer(view)) return false;
  const { byteLength } = view.buffer;
  return byteLength === Buffer.poolSize || byteLength === Buffer.allocUnsafe(1).buffer.byteLength;
}

/** The buffers among a call's arguments that are to be moved. Their marks are taken off. */
export function movedIn(args: readonly unknown[]): readonly object[] {
  return takeMoved(args) as object[];
}
