import type { Awaitable } from '../coroutines/coroutine.ts';
import { defaultKernel } from '../kernel/default-kernel.ts';
import { gaiError, noSuchName } from '../kernel/gai-error.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { AddressInfo, AddressQuery } from '../names/address-query.ts';
import { answerAtOnce } from '../names/literal-lookup.ts';
import type { NameInfo } from '../names/lookup-answer.ts';
import type { NameQueryAddress } from '../names/name-query.ts';
import type { Resolver } from './resolver.ts';

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
   */
  constructor(
    names: Readonly<Record<string, readonly string[]>>,
    options: { readonly kernel?: Kernel | undefined } = {},
  ) {
    this.kernel = options.kernel ?? defaultKernel();
    this.table = new Map(Object.entries(names).map(([name, addresses]) => [name.toLowerCase(), addresses]));
  }

  /** The addresses of a name in the table, with the port of the query, which must be a number. */
  getaddrinfo(query: AddressQuery): AddressInfo[] | Awaitable<AddressInfo[]> {
    const { constants } = this.kernel;
    const host = query.host ?? 'localhost';
    if (typeof query.port === 'string') {
      throw gaiError(constants, constants.EAI_SERVICE as number, 0, 'getaddrinfo', query.port);
    }
    const addresses = this.table.get(host.toLowerCase()) ?? (host === 'localhost' ? [host] : []);
    const infos = addresses.flatMap(
      (address) => answerAtOnce(this.kernel, { ...query, host: address }) ?? [],
    );
    if (infos.length === 0) throw noSuchName(constants, 'getaddrinfo', host);
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
