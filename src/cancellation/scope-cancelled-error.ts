/** The CancelledError of a scope: it knows whose it is, so that exactly that scope absorbs it. */

import { CancelledError } from '../base/errors.ts';
import type { CancelNode } from './cancel-tree.ts';

export class ScopeCancelledError extends CancelledError {
  /**
   * The scope this error is to end. A property would show up whenever the error is printed, with the whole
   * tree below it.
   */
  readonly #scope: CancelNode;

  constructor(scope: CancelNode) {
    super(scope.cancelReason);
    this.#scope = scope;
  }

  /** Whether it is to end this scope. */
  isOf(scope: CancelNode): boolean {
    return this.#scope === scope;
  }
}
