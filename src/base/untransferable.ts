/**
 * Memory of which several have a part. Given to another thread as a whole, by `postMessage` or
 * `structuredClone`, it would be empty for all of them, and the thread would have what is not its own. Marked
 * as Node marks its pool of small Buffers, it stays: Node copies it (before version 21) or refuses.
 */

import { nodeModules } from './node-modules.ts';

interface Marks {
  markAsUntransferable(memory: ArrayBufferLike): void;
  /** Since Node 21. */
  isMarkedAsUntransferable?(memory: ArrayBufferLike): boolean;
}

let marks: Marks | null = null;

/** Marks `memory`. It does not stop `ArrayBuffer.prototype.transfer()`. */
export function markAsUntransferable(memory: ArrayBufferLike): void {
  marks ??= findMarks();
  marks.markAsUntransferable(memory);
}

/** Whether Node would refuse to transfer `memory`. */
export function isUntransferable(memory: ArrayBufferLike): boolean {
  marks ??= findMarks();
  return marks.isMarkedAsUntransferable?.(memory) === true;
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
