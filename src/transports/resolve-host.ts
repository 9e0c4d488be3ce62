/** From a host and a port to the addresses to try, best first. */

import { OSError } from '../base/errors.ts';
import type { Coroutine } from '../coroutines/coroutine.ts';
import { type AddressHints, type AddressInfo, addressQuery } from '../names/address-query.ts';
import { answerAtOnce } from '../names/literal-lookup.ts';
import type { NetworkLoop } from './network-loop.ts';

/** A port, the name of a service, or none. */
export type Port = number | string | null;

/** What {@link resolveHost} is asked besides host and port. */
export interface ResolveOptions extends AddressHints {
  /** For binding: no host means every interface, of IPv6 and of IPv4. Otherwise it means this machine. */
  readonly passive?: boolean | undefined;
}

/**
 * The addresses of a host, at least one. Addresses in text and `localhost` are answered at once; anything else is asked of the
 * loop's resolver.
 *
 * @param call who asks, for messages
 * @param host `null` or `''` for none
 * @throws GaiError, or another OSError when there is none
 */
export function* resolveHost(
  loop: NetworkLoop,
  call: string,
  host: string | null,
  port: Port,
  options: ResolveOptions,
): Coroutine<readonly AddressInfo[]> {
  const name = host === null || host === '' ? (options.passive === true ? null : 'localhost') : host;
  const query = addressQuery(call, name ?? 'localhost', port, options);
  const known = answerAtOnce(loop.kernel, query);
  if (known !== null) return name === null ? everyInterface(loop, known) : known;
  const { AI_PASSIVE = 0 } = loop.kernel.constants;
  const flags = (options.flags ?? 0) | (options.passive === true ? AI_PASSIVE : 0);
  const infos = yield* loop.getaddrinfo(name, port, { ...options, flags });
  if (infos.length > 0) return infos;
  throw new OSError(`${call}: getaddrinfo(${String(host)}) returned no address`, {
    code: 'ENOTFOUND',
    errno: -1,
    syscall: 'getaddrinfo',
    address: host ?? undefined,
  });
}

/** The wildcard address of each family instead of its loopback address. */
function everyInterface(loop: NetworkLoop, loopback: readonly AddressInfo[]): AddressInfo[] {
  const { AF_INET6 } = loop.kernel.constants;
  return loopback.map(([family, type, proto, canonname, [, port]]) => [
    family,
    type,
    proto,
    canonname,
    family === AF_INET6 ? ['::', port, 0, 0] : ['0.0.0.0', port],
  ]);
}
