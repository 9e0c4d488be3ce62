/**
 * What few tasks have. Apart from them, since every field of a task is memory that is written when it is
 * made: these four cost a spawn a tenth of its time.
 */

import type { CancelledError } from '../base/errors.ts';
import type { AsyncScope } from './async-scope.ts';

export class RareState {
  /** An error of ours to raise where the coroutine suspended, such as for a bare `yield`. */
  misuse: Error | null = null;
  /** The CancelledError that ended the coroutine. */
  cause: CancelledError | null = null;
  /** In a guest, what Node's AsyncLocalStorage belongs to: so its values follow the task. */
  asyncScope: AsyncScope | null = null;
  /** How many timeouts with a time are running in it. */
  deadlineCount = 0;

  takeMisuse(): Error | null {
    const { misuse } = this;
    this.misuse = null;
    return misuse;
  }

  takeCause(): CancelledError | null {
    const { cause } = this;
    this.cause = null;
    return cause;
  }
}
