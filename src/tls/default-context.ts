/** The context behind `ssl: true`. */

import { SSLContext } from './ssl-context.ts';

let shared: SSLContext | null = null;

/** A client's context with every default; one for each thread. */
export function defaultClientContext(): SSLContext {
  shared ??= new SSLContext();
  return shared;
}
