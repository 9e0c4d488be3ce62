/** The CancelledError of a scope: it knows whose it is, so that exactly that scope absorbs it. */

import { CancelledError } from '../base/errors.ts';
import type { CancelNode } from './cancel-tree.ts';

export class ScopeCancelledError extends CancelledError {
  /** The scope this error is to end. */
  readonly scope: CancelNode;

  constructor(scope: CancelNode) {
    super(scope.cancelReason);
    this.scope = scope;
    // A field of its own would show up whenever the error is printed, with the whole tree below it.
    Object.defineProperty(this, 'scope', { enumerable: false });
  }
}
