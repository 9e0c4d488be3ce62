/** The loop's methods for names. A class of its own between core and façade, for the size of the façade. */

import type { Future } from '../futures/future.ts';
import type { AddressHints, AddressInfo } from '../names/address-query.ts';
import type { NameInfo } from '../names/lookup-answer.ts';
import type { NameQueryAddress } from '../names/name-query.ts';
import { getaddrinfo, getnameinfo, getResolver, setResolver } from '../resolvers/resolve-name.ts';
import type { Resolver } from '../resolvers/resolver.ts';
import { LoopWithSignals } from './loop-signals.ts';

export class LoopWithNames extends LoopWithSignals {
  /**
   * The addresses behind a host and a port, best first, as `asyncio.loop.getaddrinfo`. The system's resolver works on a
   * thread of its own meanwhile; addresses written out and `localhost` are answered at once.
   *
   * @param host a name (other than ASCII too), an address, or `null` for the loopback addresses; with `AI_PASSIVE` in
   *   `flags`, `null` stands for the addresses to bind
   * @param port a number, the name of a service such as `http`, or `null`
   * @param hints `family`, `type`, `proto`, `flags` (`AI_…`): narrow what is returned
   * @returns `[family, type, proto, canonname, sockaddr]` each. Cancelling it drops the answer; the resolver itself cannot be
   *   stopped
   * @throws GaiError ENOTFOUND (no such name), EAI_AGAIN (no name server answers) and others
   *
   *     const infos = yield* loop.getaddrinfo('example.org', 'http', { type: SOCK_STREAM });
   *     yield* loop.sockConnect(sock, infos[0][4]);
   */
  getaddrinfo(
    host: string | null,
    port: number | string | null,
    hints?: AddressHints,
  ): Future<AddressInfo[]> {
    return getaddrinfo(this, host, port, hints);
  }

  /**
   * The name of a host and of a service, from their address, as `asyncio.loop.getnameinfo`.
   *
   * @param sockaddr `[host, port]` or `[host, port, flowInfo, scopeId]`; the host is an address, not a name
   * @param flags `NI_…`, or-ed
   * @throws GaiError ENOTFOUND: `NI_NAMEREQD` asked for a name and there is none, or the host is a name
   */
  getnameinfo(sockaddr: NameQueryAddress, flags?: number): Future<NameInfo> {
    return getnameinfo(this, sockaddr, flags);
  }

  /** Who resolves names in place of the system; `null`: nobody does. */
  getResolver(): Resolver | null {
    return getResolver(this);
  }

  /** Has `resolver` answer {@link getaddrinfo} and {@link getnameinfo} in place of the system; `null` ends that. */
  setResolver(resolver: Resolver | null): void {
    setResolver(this, resolver);
  }
}
