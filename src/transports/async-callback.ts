/** Methods of a protocol that are async functions: their errors have a reader, where they can run at all. */

import { PROMISE_REMEDY } from '../coroutines/misuse.ts';
import { isPromiseLike } from '../futures/promise-bridge.ts';
import type { LoopCore } from '../loop/loop-core.ts';

/**
 * Looks at what a method of a protocol returned. Most return nothing, and are not asked to wait: this is
 * called for all else.
 * @param onError gets what the Promise rejects with; in a blocking run, that no Promise settles there
 */
export function watchReturned(
  loop: LoopCore,
  call: string,
  returned: unknown,
  onError: (error: unknown) => void,
): void {
  if (!isPromiseLike(returned)) return;
  // Its own error would be reported by Node as well, as one that nobody looks at.
  returned.then(undefined, loop.isGuest ? onError : () => {});
  if (!loop.isGuest) onError(new TypeError(`protocol.${call}() returned a Promise. ${PROMISE_REMEDY}`));
}

/** What eofReceived has to answer at once. @throws TypeError for a Promise */
export function requireAnswer(keepOpen: unknown): boolean {
  if (!isPromiseLike(keepOpen)) return Boolean(keepOpen);
  keepOpen.then(undefined, () => {});
  throw new TypeError(
    'protocol.eofReceived() returned a Promise: whether to keep the connection open is to be answered at once. Make it a plain function.',
  );
}
