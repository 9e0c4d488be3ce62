/** How long a server that ends in order lets its connections go on. */

import { inspect } from 'node:util';
import { requireOptions } from '../base/arguments.ts';

const DEFAULT_GRACE_MS = 5000;

/**
 * The option of `shutdown`, in milliseconds.
 * @throws TypeError: no object of options
 * @throws RangeError: no time
 */
export function graceMsOf(options: { readonly graceMs?: number | undefined }): number {
  requireOptions('shutdown', 'shutdown({ graceMs: 10_000 })', options);
  const graceMs = options.graceMs ?? DEFAULT_GRACE_MS;
  if (typeof graceMs === 'number' && graceMs >= 0) return graceMs;
  throw new RangeError(`shutdown: graceMs must be 0 or more, got ${inspect(graceMs)}`);
}
