/** A queue that gives back first what was put last. */

import { LifoStore } from './item-store.ts';
import { Queue } from './queue.ts';

/** A queue, last in, first out. `asyncio.LifoQueue` of CPython 3.13. */
export class LifoQueue<T> extends Queue<T> {
  /** @param maxsize how many items it holds at most; 0 or less: any number */
  constructor(maxsize = 0) {
    super(maxsize, new LifoStore<T>());
  }
}
