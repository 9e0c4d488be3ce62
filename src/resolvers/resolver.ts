/** What answers a loop's questions for names: the system, or an object of your own. */

import type { Awaitable } from '../coroutines/coroutine.ts';
import type { AddressInfo, AddressQuery } from '../names/address-query.ts';
import type { NameInfo } from '../names/lookup-answer.ts';
import type { NameQueryAddress } from '../names/name-query.ts';

/**
 * Resolves names in place of the system, for one loop: for tests, for a DNS client of your own, for names
 * that a service registry knows. Trio has the same idea (`set_custom_hostname_resolver`). Set it with
 * `loop.setResolver(resolver)`.
 *
 * It is not asked for addresses written out, nor for `localhost`; those are never looked up. Each method
 * answers at once, or with anything that `yield*` can await, such as a coroutine; it is cancelled when the
 * answer is no longer wanted. To say that there is no such name, throw a {@link GaiError}.
 *
 * @example
 *     loop.setResolver({
 *       *getaddrinfo(query) {
 *         const address = yield* registry.find(query.host);
 *         return addressInfos(address, query);
 *       },
 *       getnameinfo: (sockaddr) => [sockaddr[0], String(sockaddr[1])],
 *     });
 */
export interface Resolver {
  /**
   * The addresses of a host, best first. `query.port` is a number, the name of a service, or null;
   * `query.host` is as the caller wrote it, or null.
   */
  getaddrinfo(query: AddressQuery): AddressInfo[] | Awaitable<AddressInfo[]>;
  /** The names of an address; `flags` are `NI_…`, or-ed. */
  getnameinfo(sockaddr: NameQueryAddress, flags: number): NameInfo | Awaitable<NameInfo>;
}
