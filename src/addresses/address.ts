/**
 * Socket addresses, and the record in which they cross to the kernel.
 *
 * `struct sockaddr` differs between systems (a length byte on the BSDs, other family numbers, other sizes),
 * so the rooms above the kernel never see one. They see an *address record*; `native/socket/sockaddr.cc` is
 * its other end and the only code that knows `sockaddr`. Integers are in native byte order, addresses in
 * network order:
 *
 *     bytes 0…3   uint32   size of the whole record in bytes, these four included
 *     bytes 4…7   int32    address family, the running platform's number
 *     then, for AF_INET    8…11 uint32 port   12…15 address
 *           for AF_INET6   8…11 uint32 port   12…15 uint32 flow info   16…19 uint32 scope id   20…35 address
 *           for AF_UNIX    8…   the path, not terminated; nothing: unnamed; leading NUL: Linux abstract name
 *           for AF_NETLINK, AF_VSOCK, AF_PACKET, AF_CAN   as `link-address.ts` says
 *           for any other  8…   what follows the family field in the platform's `sockaddr`, as it is
 *
 * No address at all is AF_UNSPEC and nothing more. A new family starts as "any other", and gets a row of its
 * own when its fields are needed by name.
 */

import { isUtf8 } from 'node:buffer';
import { inspect } from 'node:util';

import type { SocketConstants } from '../kernel/kernel.ts';
import {
  ADDRESS_RECORD_BYTES,
  HEADER_BYTES,
  integerField,
  readUint32,
  recordByteCount,
  recordFamily,
  unpackRecord,
  writeHeader,
  writeUint32,
} from './address-record.ts';
import { hostToIPv4, hostToIPv6, type ResolveHost } from './host.ts';
import { formatIPv4, formatIPv6, writeIPv4 } from './ip-text.ts';
import {
  type CanAddress,
  decodeLinkAddress,
  encodeLinkAddress,
  isLinkFamily,
  type NetlinkAddress,
  type PacketAddress,
  type VsockAddress,
} from './link-address.ts';

export { ADDRESS_RECORD_BYTES, packRecord, recordByteCount, recordFamily } from './address-record.ts';
export type { CanAddress, NetlinkAddress, PacketAddress, VsockAddress } from './link-address.ts';

/** `AF_INET`: an IPv4 address in text and a port in host order. */
export type InetAddress = [host: string, port: number];
/**
 * `AF_INET6`: as {@link InetAddress}, with the flow label and the interface's index for link-local addresses.
 */
export type Inet6Address = [host: string, port: number, flowInfo: number, scopeId: number];
/**
 * `AF_UNIX`: a path, `''` when unnamed; a Buffer when it is a Linux abstract name (leading NUL) or not UTF-8.
 */
export type UnixAddress = string | Buffer;
/** A family this package has no fields for: its number, and the bytes of its `sockaddr` after the family. */
export type OpaqueAddress = [family: number, data: Buffer];
/** What the system says an address is; which form it has follows from the socket's family. */
export type Address =
  | InetAddress
  | Inet6Address
  | UnixAddress
  | NetlinkAddress
  | VsockAddress
  | PacketAddress
  | CanAddress
  | OpaqueAddress;

/** What may be passed as an address: Python's forms. Flow info and scope id of `AF_INET6` may be left out. */
export type AddressInput =
  | readonly [host: string, port: number, flowInfo?: number, scopeId?: number]
  | Readonly<NetlinkAddress>
  | Readonly<VsockAddress>
  | readonly [interfaceName: string, proto: number, pkttype?: number, hatype?: number, addr?: Uint8Array]
  | readonly [interfaceName: string]
  | readonly [interfaceName: string, name: bigint, pgn: number, addr: number]
  | readonly [family: number, data: Uint8Array]
  | string
  | Uint8Array;

/**
 * A copy of an address, which runs no code of its owner's (a getter) when it is encoded. For calls that take
 * other memory besides, or that keep the address.
 */
export function ownAddress(address: AddressInput): AddressInput {
  return Array.isArray(address)
    ? (Array.from(address as readonly unknown[]) as unknown as AddressInput)
    : address;
}

const INET_BYTES = 16;
const INET6_BYTES = 36;
const PORT_MAX = 65_535;
const FLOW_INFO_MAX = 0xf_ffff;
const SCOPE_ID_MAX = 0xffff_ffff;

function hostField(call: string, expected: string, address: unknown, maxLength: number): string {
  if (Array.isArray(address) && address.length >= 2 && address.length <= maxLength) {
    const host: unknown = address[0];
    if (typeof host === 'string') return host;
  }
  throw new TypeError(`${call}: expected ${expected}, got ${inspect(address)}`);
}

function encodeInet(
  call: string,
  family: number,
  address: AddressInput,
  out: Uint8Array,
  resolve: ResolveHost | null,
): number {
  const host = hostField(call, 'an address [host, port] for AF_INET', address, 2);
  const port = integerField(call, 'port', address[1], PORT_MAX);
  if (!writeIPv4(host, out, 12)) out.set(hostToIPv4(call, host, resolve), 12);
  writeHeader(out, INET_BYTES, family);
  writeUint32(out, 8, port);
  return INET_BYTES;
}

function encodeInet6(
  call: string,
  family: number,
  address: AddressInput,
  out: Uint8Array,
  resolve: ResolveHost | null,
): number {
  const host = hostField(call, 'an address [host, port, flowInfo?, scopeId?] for AF_INET6', address, 4);
  const port = integerField(call, 'port', address[1], PORT_MAX);
  const flowInfo = integerField(call, 'flow info', address[2] ?? 0, FLOW_INFO_MAX);
  const scopeId = integerField(call, 'scope id', address[3] ?? 0, SCOPE_ID_MAX);
  const { bytes, scopeId: zone } = hostToIPv6(call, host, resolve);
  if (zone !== null && scopeId !== 0 && zone !== scopeId) {
    throw new RangeError(
      `${call}: the zone of ${inspect(host)} is ${zone}, but the scope id says ${scopeId}`,
    );
  }
  writeHeader(out, INET6_BYTES, family);
  writeUint32(out, 8, port);
  writeUint32(out, 12, flowInfo);
  writeUint32(out, 16, zone ?? scopeId);
  out.set(bytes, 20);
  return INET6_BYTES;
}

/**
 * The path's length limit is the platform's `sun_path`. Linux takes a path that fills it to the last byte,
 * without a terminating NUL (unix(7), "Pathname sockets"); elsewhere the kernel answers for itself.
 */
function encodeUnix(
  call: string,
  family: number,
  address: AddressInput,
  out: Uint8Array,
  maxBytes: number,
): number {
  if (typeof address !== 'string' && !(address instanceof Uint8Array)) {
    throw new TypeError(
      `${call}: expected a path (string or Uint8Array) for AF_UNIX, got ${inspect(address)}`,
    );
  }
  const path = typeof address === 'string' ? Buffer.from(address) : address;
  if (path.length > maxBytes) {
    throw new RangeError(
      `${call}: AF_UNIX paths have at most ${maxBytes} bytes, ${inspect(address)} has ${path.length}`,
    );
  }
  if (path.length > 0 && path[0] !== 0 && path.includes(0)) {
    throw new RangeError(
      `${call}: NUL inside the path ${inspect(address)}; only an abstract name starts with one`,
    );
  }
  writeHeader(out, HEADER_BYTES + path.length, family);
  out.set(path, HEADER_BYTES);
  return HEADER_BYTES + path.length;
}

function encodeOpaque(call: string, family: number, address: AddressInput, out: Uint8Array): number {
  if (!Array.isArray(address) || address[0] !== family || !(address[1] instanceof Uint8Array)) {
    throw new TypeError(`${call}: expected an address [${family}, Uint8Array], got ${inspect(address)}`);
  }
  const data: Uint8Array = address[1];
  if (data.length > ADDRESS_RECORD_BYTES - HEADER_BYTES) {
    throw new RangeError(`${call}: the address's ${data.length} bytes do not fit a sockaddr`);
  }
  writeHeader(out, HEADER_BYTES + data.length, family);
  out.set(data, HEADER_BYTES);
  return HEADER_BYTES + data.length;
}

/**
 * Writes an address as a record.
 *
 * @param constants the kernel's, for the family numbers and `UNIX_PATH_MAX`.
 * @param call the calling function, for messages, such as `Socket.bind`.
 * @param family the socket's family; it decides which form is expected.
 * @param out at least {@link ADDRESS_RECORD_BYTES} bytes.
 * @param resolve finds the addresses of host names, for callers that may block; without it names are refused.
 * @returns the record's size in bytes.
 * @throws {TypeError} the value does not have the family's form.
 * @throws {RangeError} a part is out of range, or the host is a name and not an address.
 */
export function encodeAddress(
  constants: SocketConstants,
  call: string,
  family: number,
  address: AddressInput,
  out: Uint8Array,
  resolve: ResolveHost | null = null,
): number {
  if (family === constants.AF_INET) return encodeInet(call, family, address, out, resolve);
  if (family === constants.AF_INET6) return encodeInet6(call, family, address, out, resolve);
  if (family === constants.AF_UNIX) {
    return encodeUnix(call, family, address, out, constants.UNIX_PATH_MAX ?? 104);
  }
  if (isLinkFamily(constants, family)) return encodeLinkAddress(constants, call, family, address, out);
  return encodeOpaque(call, family, address, out);
}

function decodeUnix(path: Uint8Array): UnixAddress {
  const bytes = Buffer.from(path);
  return bytes[0] !== 0 && isUtf8(bytes) ? bytes.toString() : bytes;
}

/**
 * Reads an address from a record. The result owns its memory: the record may be overwritten afterwards.
 *
 * @param constants the kernel's, for the family numbers.
 * @param proto the socket's protocol, where the form depends on it (`AF_CAN`).
 */
export function decodeAddress(constants: SocketConstants, record: Uint8Array, proto = 0): Address {
  const family = recordFamily(record);
  if (family === constants.AF_INET) return [formatIPv4(record, 12), readUint32(record, 8)];
  if (family === constants.AF_INET6) {
    const [port, flowInfo, scopeId] = [8, 12, 16].map((at) => readUint32(record, at));
    return [formatIPv6(record, 20), port as number, flowInfo as number, scopeId as number];
  }
  if (isLinkFamily(constants, family)) return decodeLinkAddress(constants, record, proto);
  const rest = record.subarray(HEADER_BYTES, recordByteCount(record));
  // macOS reports the unnamed end of a unix socket as no address at all, family AF_UNSPEC.
  if (family === constants.AF_UNIX || rest.length === 0) return decodeUnix(rest);
  return [family, Buffer.from(rest)];
}

/** {@link decodeAddress} for a record that was kept by `packRecord`. */
export function decodePacked(constants: SocketConstants, packed: string, proto = 0): Address {
  return decodeAddress(constants, unpackRecord(packed), proto);
}

/**
 * Who sent a message, from the record that came with it: `null` if the system names no sender, as for
 * connected streams and for unix sockets without a name. Python's `None`.
 */
export function decodeSender(constants: SocketConstants, record: Uint8Array, proto = 0): Address | null {
  if (recordFamily(record) === constants.AF_UNSPEC) return null;
  const address = decodeAddress(constants, record, proto);
  return address === '' ? null : address;
}
