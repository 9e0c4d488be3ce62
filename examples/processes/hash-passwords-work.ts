/** What the threads of `hash-passwords.ts` do. A module of its own: a thread imports it, and nothing else of the program. */

import { scryptSync } from 'node:crypto';

/** A line to store: the cost, the salt and the key, so that a check knows how it was made. It blocks, on purpose. */
export function hashPassword(password: string, salt: string, cost: number): string {
  // 128 * N * r bytes are used, and Node's limit of 32 MiB is below that from a cost of 32,768 on.
  const key = scryptSync(password, Buffer.from(salt, 'hex'), 32, { N: cost, maxmem: 256 * cost * 8 });
  return `scrypt$${cost}$${salt}$${key.toString('hex')}`;
}
