/** From a host and a port to the addresses to try, best first. */

import { OSError } from '../base/errors.ts';
import type { Awaitable, Coroutine } from '../coroutines/coroutine.ts';
import type { LoopCore } from '../loop/loop-core.ts';
import { type AddressHints, type AddressInfo, addressQuery } from '../names/address-query.ts';
import { answerAtOnce } from '../names/literal-lookup.ts';

/**
 * A loop that answers for names by itself. Not `getaddrinfo` of this room, because a subclass or a test may
 * have replaced the method of its loop, as `asyncio` programs do.
 */
export interface ResolvingLoop extends LoopCore {
  getaddrinfo(host: string | null, port: Port, hints?: AddressHints): Awaitable<readonly AddressInfo[]>;
}

/** A port, the name of a service, or none. */
export type Port = number | string | null;

/** What {@link hostAddresses} takes besides host and port. */
export interface ResolveOptions extends AddressHints {
  /** For binding: no host means every interface, of IPv6 and of IPv4. Otherwise it means this machine. */
  readonly passive?: boolean | undefined;
}

/**
 * The addresses of a host, at least one. Addresses in text and `localhost` are answered at once; anything
 * else goes to the loop's resolver.
 *
 * @param call the caller's name, for messages
 * @param host `null` or `''` for none
 * @throws GaiError; another OSError if there is no address
 */
export function* hostAddresses(
  loop: ResolvingLoop,
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
function everyInterface(loop: ResolvingLoop, loopback: readonly AddressInfo[]): AddressInfo[] {
  const { AF_INET6 } = loop.kernel.constants;
  return loopback.map(([family, type, proto, canonname, [, port]]) => [
    family,
    type,
    proto,
    canonname,
    family === AF_INET6 ? ['::', port, 0, 0] : ['0.0.0.0', port],
  ]);
}
