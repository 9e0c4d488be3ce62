/**
 * `loop.getaddrinfo` and `loop.getnameinfo`: at once if the question needs no resolver, otherwise through the
 * loop's resolver.
 */

import { parseIPv4, parseIPv6 } from '../addresses/ip-text.ts';
import { type Awaitable, isAwaitable } from '../coroutines/coroutine.ts';
import { describeValue } from '../coroutines/misuse.ts';
import { Future } from '../futures/future.ts';
import type { LoopCore } from '../loop/loop-core.ts';
import {
  type AddressHints,
  type AddressInfo,
  type AddressQuery,
  addressQuery,
} from '../names/address-query.ts';
import { answerAtOnce, isLocalhost } from '../names/literal-lookup.ts';
import type { NameInfo } from '../names/lookup-answer.ts';
import { type NameQueryAddress, nameQuery } from '../names/name-query.ts';
import { ensureFuture } from '../tasks/ensure-future.ts';
import type { Resolver } from './resolver.ts';
import { SystemResolver } from './system-resolver.ts';

/** Who resolves names for one loop. */
interface Resolvers {
  readonly system: SystemResolver;
  custom: Resolver | null;
}

const resolversByLoop = new WeakMap<LoopCore, Resolvers>();

function resolversOf(loop: LoopCore): Resolvers {
  const known = resolversByLoop.get(loop);
  if (known !== undefined) return known;
  const made: Resolvers = { system: new SystemResolver(loop), custom: null };
  resolversByLoop.set(loop, made);
  loop.closeActions.push(() => made.system.close());
  return made;
}

/** The implementation of `loop.setResolver`. @throws TypeError if it is not a resolver */
export function setResolver(loop: LoopCore, resolver: Resolver | null): void {
  loop.checkUsable('setResolver');
  if (
    resolver !== null &&
    (typeof resolver?.getaddrinfo !== 'function' || typeof resolver.getnameinfo !== 'function')
  ) {
    throw new TypeError(
      `setResolver: an object with getaddrinfo and getnameinfo, or null, is needed, got ${describeValue(resolver)}`,
    );
  }
  resolversOf(loop).custom = resolver;
}

/** The implementation of `loop.getResolver`. */
export function getResolver(loop: LoopCore): Resolver | null {
  return resolversByLoop.get(loop)?.custom ?? null;
}

/** A future of what `start` gives: the answer, something to await, or what it throws. */
function futureOf<T>(loop: LoopCore, call: string, start: () => T | Awaitable<T>): Future<T> {
  const future = new Future<T>({ loop });
  let result: T | Awaitable<T>;
  try {
    result = start();
  } catch (error) {
    future.setException(error);
    return future;
  }
  // An answer is an array, which cannot be meant to be awaited.
  if (Array.isArray(result)) {
    future.setResult(result as T);
    return future;
  }
  if (isAwaitable(result)) return ensureFuture(result, { loop });
  throw new TypeError(
    `${call}: the loop's resolver must return an array or something to await, got ${describeValue(result)}`,
  );
}

/** Whether a resolver other than the system's is not to be asked. */
function isKnown(host: string | null): boolean {
  if (host === null) return false;
  return isLocalhost(host) || parseIPv4(host) !== null || parseIPv6(host.replace(/%.*/, '')) !== null;
}

function resolve(loop: LoopCore, query: AddressQuery): AddressInfo[] | Awaitable<AddressInfo[]> {
  const { custom, system } = resolversOf(loop);
  const known = answerAtOnce(loop.kernel, query);
  if (known !== null) return known;
  return custom === null || isKnown(query.host) ? system.getaddrinfo(query) : custom.getaddrinfo(query);
}

/**
 * The addresses behind a host and a port, without blocking the loop: the implementation of
 * `loop.getaddrinfo`, for the rooms above.
 *
 * @throws TypeError, RangeError for bad arguments, at the call; all else fails the future
 */
export function getaddrinfo(
  loop: LoopCore,
  host: string | null,
  port: number | string | null,
  hints: AddressHints = {},
): Future<AddressInfo[]> {
  loop.checkUsable('getaddrinfo');
  const query = addressQuery('getaddrinfo', host, port, hints);
  return futureOf(loop, 'getaddrinfo', () => resolve(loop, query));
}

/** The implementation of `loop.getnameinfo`. Errors as {@link getaddrinfo}. */
export function getnameinfo(loop: LoopCore, sockaddr: NameQueryAddress, flags = 0): Future<NameInfo> {
  loop.checkUsable('getnameinfo');
  return futureOf(loop, 'getnameinfo', () => {
    const { custom, system } = resolversOf(loop);
    const query = nameQuery(loop.kernel.constants, 'getnameinfo', sockaddr, flags);
    return custom === null ? system.getnameinfo(query) : custom.getnameinfo(sockaddr, flags);
  });
}
