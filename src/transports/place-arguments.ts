/**
 * Where to connect or to listen, as a call may say it: with host and port, or a path, in front of the options
 * as asyncio has them, or with all of it as options.
 */

import { inspect } from 'node:util';
import type { UnixAddress } from '../addresses/address.ts';
import type { Port } from '../resolvers/host-addresses.ts';

/** Arguments that say where: host and port, then the other options; or one object with all options. */
export type HostPlace<O extends { readonly host?: unknown }> =
  | [options: O]
  | [
      host: Exclude<O['host'], undefined>,
      port: Port,
      options?: Omit<O, 'host' | 'port' | 'sock'> | undefined,
    ];

/** The same with a path. */
export type PathPlace<O> = [options: O] | [path: UnixAddress, options?: Omit<O, 'path' | 'sock'> | undefined];

/** One end of a datagram endpoint: host and port, or with `family: AF_UNIX` a path. */
export type DatagramAddress = readonly [host: string | null, port: Port] | string;

/** The same for both ends of a datagram endpoint. */
export type DatagramPlace<O> =
  | [options: O]
  | [
      localAddr: DatagramAddress | null,
      remoteAddr?: DatagramAddress | null | undefined,
      options?: Omit<O, 'localAddr' | 'remoteAddr' | 'sock'> | undefined,
    ];

/**
 * One object of options from the arguments of a call.
 * @param before what stands before the place in that call, for messages: `'factory, '`
 * @throws TypeError that shows the call as it should be
 */
export function hostOptions<O extends { readonly host?: unknown }>(
  call: string,
  before: string,
  place: HostPlace<O>,
): O {
  const [host, port, options] = place as readonly unknown[];
  if (isOptions(host)) return onlyOptions(call, '{ host, port, … }', place) as O;
  const form = (first: unknown, second: unknown): string =>
    `Write ${call}(${before}${inspect(first)}, ${inspect(second)}) or ${call}(${before}{ host: ${inspect(first)}, port: ${inspect(second)} }).`;
  if (typeof host === 'number') {
    const other = typeof port === 'string' ? port : '127.0.0.1';
    throw new TypeError(`${call}: the host comes before the port. ${form(other, host)}`);
  }
  if (host !== null && host !== undefined && typeof host !== 'string' && !Array.isArray(host)) {
    throw new TypeError(`${call}: a host was expected, got ${inspect(host)}. ${form('127.0.0.1', 8000)}`);
  }
  if (port === null || port === undefined || (typeof port !== 'number' && typeof port !== 'string')) {
    const problem = host === undefined ? 'host and port are needed' : 'a port is needed behind the host';
    const got = port === undefined ? '' : `, got ${inspect(port)}`;
    throw new TypeError(`${call}: ${problem}${got}. ${form(host ?? '127.0.0.1', 8000)}`);
  }
  return { ...optionsBehind(call, 'host and port', options), host, port } as unknown as O;
}

/** The same for a path. */
export function pathOptions<O>(call: string, before: string, place: PathPlace<O>): O {
  const [path, options] = place as readonly unknown[];
  if (isOptions(path)) return onlyOptions(call, '{ path, … }', place) as O;
  if (typeof path !== 'string' && !(path instanceof Uint8Array)) {
    const got = path === undefined ? 'a path is needed' : `a path was expected, got ${inspect(path)}`;
    throw new TypeError(
      `${call}: ${got}. Write ${call}(${before}'/run/my.sock') or ${call}(${before}{ path: '/run/my.sock' }).`,
    );
  }
  return { ...optionsBehind(call, 'the path', options), path } as unknown as O;
}

/** The same for both ends of a datagram endpoint. */
export function datagramOptions<O>(call: string, before: string, place: DatagramPlace<O>): O {
  const [localAddr, remoteAddr, options] = place as readonly unknown[];
  if (isOptions(localAddr)) return onlyOptions(call, '{ localAddr, remoteAddr, … }', place) as O;
  for (const address of [localAddr, remoteAddr]) {
    const isAddress = typeof address === 'string' || Array.isArray(address);
    if (isAddress || address === null || (address === undefined && place.length > 0)) continue;
    throw new TypeError(
      `${call}: an address was expected, got ${inspect(address)}. Write ${call}(${before}['127.0.0.1', 9999]) to receive there, ${call}(${before}null, ['127.0.0.1', 9999]) to send there.`,
    );
  }
  return { ...optionsBehind(call, 'the addresses', options), localAddr, remoteAddr } as unknown as O;
}

function isOptions(value: unknown): value is object {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array)
  );
}

function onlyOptions(call: string, form: string, place: readonly unknown[]): unknown {
  if (place.slice(1).every((each) => each === undefined)) return place[0];
  throw new TypeError(
    `${call}: nothing may follow an object of options ${form}, got ${inspect(place[1])} behind it`,
  );
}

function optionsBehind(call: string, what: string, options: unknown): object {
  if (options === undefined) return {};
  if (isOptions(options)) return options;
  throw new TypeError(
    `${call}: an object of options was expected behind ${what}, got ${inspect(options)}. A callback is not called: await the result with yield*.`,
  );
}
