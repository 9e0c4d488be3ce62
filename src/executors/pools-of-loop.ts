/** What is made inside a running loop ends with it. */

import type { LoopCore } from '../loop/loop-core.ts';

/** Something that has workers. */
interface Terminable {
  terminate(): void;
}

const owned = new WeakMap<LoopCore, Set<Terminable>>();

/** Has `pool` terminated when `loop` closes. */
export function endWithLoop(loop: LoopCore, pool: Terminable): void {
  let pools = owned.get(loop);
  if (pools === undefined) {
    pools = new Set();
    owned.set(loop, pools);
    const ending = pools;
    loop.closeActions.push(() => {
      for (const each of ending) each.terminate();
    });
  }
  pools.add(pool);
}

/** `pool` has ended before its loop. */
export function forgetPool(pool: Terminable, loop: LoopCore): void {
  owned.get(loop)?.delete(pool);
}
