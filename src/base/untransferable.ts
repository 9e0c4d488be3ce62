/**
 * Memory of which several have a part. Given to another thread as a whole, by `postMessage` or
 * `structuredClone`, it would be empty for all of them, and the thread would have what is not its own. Marked
 * as Node marks its pool of small Buffers, it stays: Node copies it (before version 21) or refuses.
 */

import { nodeModules } from './node-modules.ts';

interface Marks {
  markAsUntransferable(memory: ArrayBufferLike): void;
}

let marks: Marks | null = null;
const marked = new WeakSet<ArrayBufferLike>();

/** Marks `memory`. In some versions of Node it does not stop `ArrayBuffer.prototype.transfer()`. */
export function markAsUntransferable(memory: ArrayBufferLike): void {
  marks ??= findMarks();
  marks.markAsUntransferable(memory);
  marked.add(memory);
}

/** Whether `memory` was marked here. Node has marked its own pool as well, and does not tell them apart. */
export function isUntransferable(memory: ArrayBufferLike): boolean {
  return marked.has(memory);
}

/** Other runtimes have these functions as well, and some throw that they are not implemented. */
function findMarks(): Marks {
  const found: Marks = nodeModules.workerThreads;
  try {
    found.markAsUntransferable(new ArrayBuffer(0));
    return found;
  } catch {
    return { markAsUntransferable: () => {} };
  }
}
