import { inspect } from 'node:util';
import { parseIPv4, parseIPv6 } from '../addresses/ip-text.ts';
import type { Awaitable } from '../coroutines/coroutine.ts';
import { defaultKernel } from '../kernel/default-kernel.ts';
import { gaiError, noSuchName } from '../kernel/gai-error.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { AddressInfo, AddressQuery } from '../names/address-query.ts';
import { answerAtOnce, isLocalhost } from '../names/literal-lookup.ts';
import type { NameInfo } from '../names/lookup-answer.ts';
import type { NameQueryAddress } from '../names/name-query.ts';
import type { Resolver } from './resolver.ts';

/** A row of the table. Names are looked up in small letters. */
function checkedRow(name: string, addresses: unknown): [name: string, addresses: readonly string[]] {
  if (!Array.isArray(addresses)) {
    throw new TypeError(
      `StaticResolver: expected an array of addresses for ${inspect(name)}, got ${inspect(addresses)}`,
    );
  }
  for (const address of addresses as readonly unknown[]) {
    if (typeof address === 'string' && isAddress(address)) continue;
    throw new TypeError(
      `StaticResolver: expected IPv4 and IPv6 addresses (without zone) for ${inspect(name)}, got ${inspect(address)}`,
    );
  }
  return [name.toLowerCase(), addresses as readonly string[]];
}

function isAddress(text: string): boolean {
  return parseIPv4(text) !== null || parseIPv6(text) !== null || isLocalhost(text);
}

/**
 * A resolver that knows a table and nothing else: for tests that must not depend on a network, and for names
 * that are fixed. Case does not matter, as in DNS. Names that are not in the table do not exist (`GaiError`,
 * `ENOTFOUND`), except `localhost`.
 *
 * @example
 *     loop.setResolver(new StaticResolver({ 'db.internal': ['10.0.0.5', 'fd00::5'] }));
 *     const infos = yield* loop.getaddrinfo('db.internal', 5432, { type: SOCK_STREAM });
 */
export class StaticResolver implements Resolver {
  private readonly kernel: Kernel;
  private readonly table: ReadonlyMap<string, readonly string[]>;

  /**
   * @param names the addresses of each name, best first; IPv4 and IPv6 may be mixed
   * @param options `kernel`: whose numbers for families and types to answer with; by default the system's
   * @throws {TypeError} what is no array, or holds something else than addresses
   */
  constructor(
    names: Readonly<Record<string, readonly string[]>>,
    options: { readonly kernel?: Kernel | undefined } = {},
  ) {
    this.kernel = options.kernel ?? defaultKernel();
    this.table = new Map(Object.entries(names).map(([name, addresses]) => checkedRow(name, addresses)));
  }

  /** The addresses of a name in the table, with the port of the query, which must be a number. */
  getaddrinfo(query: AddressQuery): AddressInfo[] | Awaitable<AddressInfo[]> {
    const { constants } = this.kernel;
    const host = query.host ?? 'localhost';
    if (typeof query.port === 'string') {
      throw gaiError(constants, constants.EAI_SERVICE as number, 0, 'getaddrinfo', query.port);
    }
    const addresses = this.table.get(host.toLowerCase()) ?? (host === 'localhost' ? [host] : []);
    const { AI_NUMERICHOST = 0, AI_CANONNAME = 0 } = constants;
    // The others narrow what the system looks up; here the table says all.
    const flags = query.flags & AI_NUMERICHOST;
    const infos = addresses.flatMap(
      (address) => answerAtOnce(this.kernel, { ...query, flags, host: address }) ?? [],
    );
    const [first] = infos;
    if (first === undefined) throw noSuchName(constants, 'getaddrinfo', host);
    if ((query.flags & AI_CANONNAME) !== 0) first[3] = host;
    return infos;
  }

  /**
   * The first name in the table that has the address; else, unless `NI_NAMEREQD` asks for one, the address
   * itself.
   */
  getnameinfo(sockaddr: NameQueryAddress, flags: number): NameInfo {
    const { NI_NUMERICHOST = 0, NI_NAMEREQD = 0 } = this.kernel.constants;
    const [host, port] = sockaddr;
    const numeric = (flags & NI_NUMERICHOST) !== 0;
    const entry = numeric ? undefined : [...this.table].find(([, addresses]) => addresses.includes(host));
    if (entry === undefined && (flags & NI_NAMEREQD) !== 0) {
      throw noSuchName(this.kernel.constants, 'getnameinfo', host);
    }
    return [entry?.[0] ?? host, String(port)];
  }
}
