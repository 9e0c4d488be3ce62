/** How the examples that work on several machines reach the Redis they share. */

import type { Redis } from 'ioredis';
import { type Coroutine, fromPromise, isCancelled } from 'selectloop';
import { CannotRun } from './ending.ts';

/**
 * A connection to Redis, which ioredis makes anew when it breaks. A command that cannot be sent again and again fails with
 * `MaxRetriesPerRequestError`.
 * @throws CannotRun if there is no server
 */
export function* connectToRedis(url: string): Coroutine<Redis> {
  // Loaded only here: it takes longer than the rest of the program, and who works alone does not need it.
  const ioredis = yield* fromPromise(import('ioredis'));
  const redis = new ioredis.Redis(url, { lazyConnect: true, maxRetriesPerRequest: 5 });
  let reason = '';
  // Without a listener ioredis prints each failure; whoever waits for an answer gets an error of its own.
  redis.on('error', (error: Error) => {
    reason = error.message;
  });
  try {
    yield* fromPromise(redis.connect());
    return redis;
  } catch (error) {
    redis.disconnect();
    if (isCancelled(error)) throw error;
    const words = reason || (error instanceof Error ? error.message : String(error));
    throw new CannotRun(`no Redis at ${url} (${words}); redis-server starts one`, { cause: error });
  }
}
