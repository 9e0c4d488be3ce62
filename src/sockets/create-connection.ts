import { inspect } from 'node:util';
import type { AddressInput } from '../addresses/address.ts';
import { requireBoolean, requireOptions } from '../base/arguments.ts';
import { defaultKernel } from '../kernel/default-kernel.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { AddressInfo } from '../names/address-query.ts';
import { getaddrinfo } from '../names/getaddrinfo.ts';
import { Socket } from './socket.ts';

/** How {@link createConnection} connects. */
export interface CreateConnectionOptions {
  /**
   * How long each attempt may take, and from then on each call of the socket: milliseconds, `null` for ever;
   * what {@link setdefaulttimeout} says by default.
   */
  readonly timeoutMs?: number | null | undefined;
  /** The address to connect from. */
  readonly sourceAddress?: AddressInput | undefined;
  /** When all attempts fail: false raises the first one's error, true an AggregateError of all. */
  readonly allErrors?: boolean | undefined;
  /** The operating system to use; the real one by default. */
  readonly kernel?: Kernel | undefined;
}

function connectTo(info: AddressInfo, kernel: Kernel, options: CreateConnectionOptions): Socket {
  const [family, type, proto, , address] = info;
  const sock = new Socket(family, type, proto, { kernel });
  try {
    if (options.timeoutMs !== undefined) sock.settimeout(options.timeoutMs);
    if (options.sourceAddress !== undefined) sock.bind(options.sourceAddress);
    sock.connect(address);
    return sock;
  } catch (error) {
    sock.close();
    throw error;
  }
}

/**
 * Connects to a host over TCP, trying its addresses one after the other. Python's `socket.create_connection`.
 * Blocks the thread; in a loop, use the loop's own `createConnection`.
 *
 * @param address `[host, port]`; the host is a name or an address, of IPv4 or IPv6.
 * @returns the connected socket.
 * @throws {OSError | TimeoutError} the first attempt's error: ECONNREFUSED, ENETUNREACH and others.
 * @throws {GaiError} the name cannot be resolved.
 * @throws {TypeError} an address or options of a wrong kind.
 * @throws {AggregateError} with `allErrors`, when several attempts failed.
 * @example
 *     using sock = createConnection(['localhost', 8000], { timeoutMs: 1000 });
 */
export function createConnection(
  address: readonly [host: string, port: number | string],
  options: CreateConnectionOptions = {},
): Socket {
  if (!Array.isArray(address) || address.length !== 2) {
    throw new TypeError(
      `createConnection: expected [host, port], got ${inspect(address)}. Write createConnection(['127.0.0.1', 8000]).`,
    );
  }
  requireOptions('createConnection', 'createConnection(address, { timeoutMs: 1000 })', options);
  const { kernel = defaultKernel(), allErrors = false } = options;
  requireBoolean('createConnection', 'allErrors', allErrors);
  const [host, port] = address as readonly [string, number | string];
  const infos = getaddrinfo(host, port, { type: kernel.constants.SOCK_STREAM }, kernel);
  const errors: Error[] = [];
  for (const info of infos) {
    try {
      return connectTo(info, kernel, options);
    } catch (error) {
      errors.push(error as Error);
    }
  }
  if (allErrors && errors.length > 1) {
    throw new AggregateError(
      errors,
      `createConnection: none of ${errors.length} addresses of ${host} worked`,
    );
  }
  throw errors[0] ?? new RangeError(`createConnection: ${inspect(host)} has no addresses`);
}
