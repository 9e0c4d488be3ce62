/**
 * Addresses of the families that only Linux has, in Python's forms, and their records (see `address.ts`):
 *
 *     AF_NETLINK   8…11 uint32 port id   12…15 uint32 groups
 *     AF_VSOCK     8…11 uint32 CID   12…15 uint32 port
 *     AF_PACKET    8…23 interface's name, padded with NUL   24…27 uint32 protocol   28…31 uint32 packet type
 *                  32…35 uint32 hardware type   36… hardware address, at most 8 bytes
 *     AF_CAN       8…23 interface's name, padded with NUL   24…39 the protocol's part: for ISO-TP the identifiers to
 *                  receive and to send, uint32 each; for J1939 uint64 name, uint32 group number, uint8 address
 *
 * The addon turns names of interfaces into indices: it can ask the system.
 */

import { inspect } from 'node:util';

import type { SocketConstants } from '../kernel/kernel.ts';
import { HEADER_BYTES, integerField, LITTLE_ENDIAN, viewOf, writeHeader } from './address-record.ts';

/** `AF_NETLINK`: 0 as port id is the kernel, or lets it choose one; the groups are a bit mask. */
export type NetlinkAddress = [pid: number, groups: number];
/** `AF_VSOCK`: a machine's context identifier (`VMADDR_CID_…`) and a port of 32 bits. */
export type VsockAddress = [cid: number, port: number];
/**
 * `AF_PACKET`: the interface (`''`: any), the Ethernet protocol (`ETH_P_…`, in host order), and of received
 * packets what they are (`PACKET_HOST` and the like), the hardware's type (`ARPHRD_…`) and the hardware
 * address of the sender.
 */
export type PacketAddress = [
  interfaceName: string,
  proto: number,
  pkttype: number,
  hatype: number,
  addr: Buffer,
];
/** `AF_CAN`: the interface (`''`: any), and for ISO-TP and J1939 what these protocols address besides. */
export type CanAddress =
  | [interfaceName: string]
  | [interfaceName: string, rxId: number, txId: number]
  | [interfaceName: string, name: bigint, pgn: number, addr: number];

const UINT8_MAX = 0xff;
const UINT16_MAX = 0xffff;
const UINT32_MAX = 0xffff_ffff;
const UINT64_MAX = 0xffff_ffff_ffff_ffffn;

/** `IFNAMSIZ`, the final NUL included. */
const INTERFACE_NAME_BYTES = 16;
const HARDWARE_ADDRESS_BYTES_MAX = 8;
const NUMBERS_BYTES = 16;
const AFTER_NAME = HEADER_BYTES + INTERFACE_NAME_BYTES;
const HARDWARE_ADDRESS_AT = AFTER_NAME + 12;
const CAN_BYTES = AFTER_NAME + 16;

/** Whether addresses of this family are encoded here. */
export function isLinkFamily(constants: SocketConstants, family: number): boolean {
  const { AF_NETLINK, AF_VSOCK, AF_PACKET, AF_CAN } = constants;
  return family === AF_NETLINK || family === AF_VSOCK || family === AF_PACKET || family === AF_CAN;
}

function requireTuple(call: string, form: string, address: unknown, lengths: readonly number[]): unknown[] {
  if (Array.isArray(address) && lengths.includes(address.length)) return address as unknown[];
  throw new TypeError(`${call}: expected an address ${form}, got ${inspect(address)}`);
}

function encodeNumbers(
  call: string,
  family: number,
  [first, second]: unknown[],
  names: readonly [string, string],
  out: Uint8Array,
): number {
  writeHeader(out, NUMBERS_BYTES, family);
  const view = viewOf(out);
  view.setUint32(8, integerField(call, names[0], first, UINT32_MAX), LITTLE_ENDIAN);
  view.setUint32(12, integerField(call, names[1], second, UINT32_MAX), LITTLE_ENDIAN);
  return NUMBERS_BYTES;
}

function writeInterfaceName(call: string, name: unknown, out: Uint8Array): void {
  if (typeof name !== 'string') {
    throw new TypeError(`${call}: expected an interface's name, got ${inspect(name)}`);
  }
  const bytes = Buffer.from(name);
  if (bytes.length >= INTERFACE_NAME_BYTES || bytes.includes(0)) {
    throw new RangeError(
      `${call}: interfaces have names of at most ${INTERFACE_NAME_BYTES - 1} bytes, got ${inspect(name)}`,
    );
  }
  out.fill(0, HEADER_BYTES, AFTER_NAME);
  out.set(bytes, HEADER_BYTES);
}

function encodePacket(call: string, family: number, address: unknown, out: Uint8Array): number {
  const form = '[interfaceName, proto, pkttype?, hatype?, addr?] for AF_PACKET';
  const [name, proto, pkttype = 0, hatype = 0, addr = Buffer.alloc(0)] = requireTuple(
    call,
    form,
    address,
    [2, 3, 4, 5],
  );
  if (!(addr instanceof Uint8Array) || addr.length > HARDWARE_ADDRESS_BYTES_MAX) {
    const expected = `a Uint8Array of at most ${HARDWARE_ADDRESS_BYTES_MAX} bytes`;
    throw new TypeError(`${call}: expected ${expected} as hardware address, got ${inspect(addr)}`);
  }
  writeHeader(out, HARDWARE_ADDRESS_AT + addr.length, family);
  const view = viewOf(out);
  writeInterfaceName(call, name, out);
  view.setUint32(AFTER_NAME, integerField(call, 'protocol', proto, UINT16_MAX), LITTLE_ENDIAN);
  view.setUint32(AFTER_NAME + 4, integerField(call, 'packet type', pkttype, UINT8_MAX), LITTLE_ENDIAN);
  view.setUint32(AFTER_NAME + 8, integerField(call, 'hardware type', hatype, UINT16_MAX), LITTLE_ENDIAN);
  out.set(addr, HARDWARE_ADDRESS_AT);
  return HARDWARE_ADDRESS_AT + addr.length;
}

function encodeCan(call: string, family: number, address: unknown, out: Uint8Array): number {
  const form = '[interfaceName], [interfaceName, rxId, txId] or [interfaceName, name, pgn, addr] for AF_CAN';
  const [name, first, second, third] = requireTuple(call, form, address, [1, 3, 4]);
  writeHeader(out, CAN_BYTES, family);
  const view = viewOf(out);
  writeInterfaceName(call, name, out);
  out.fill(0, AFTER_NAME, CAN_BYTES);
  if (third !== undefined) {
    if (typeof first !== 'bigint' || first < 0n || first > UINT64_MAX) {
      throw new TypeError(`${call}: expected a bigint of 64 bits as J1939 name, got ${inspect(first)}`);
    }
    view.setBigUint64(AFTER_NAME, first, LITTLE_ENDIAN);
    view.setUint32(
      AFTER_NAME + 8,
      integerField(call, 'J1939 group number', second, UINT32_MAX),
      LITTLE_ENDIAN,
    );
    view.setUint8(AFTER_NAME + 12, integerField(call, 'J1939 address', third, UINT8_MAX));
  } else if (first !== undefined) {
    view.setUint32(AFTER_NAME, integerField(call, 'CAN identifier', first, UINT32_MAX), LITTLE_ENDIAN);
    view.setUint32(AFTER_NAME + 4, integerField(call, 'CAN identifier', second, UINT32_MAX), LITTLE_ENDIAN);
  }
  return CAN_BYTES;
}

/**
 * Writes an address as a record and returns its size.
 *
 * @param family one that {@link isLinkFamily} knows.
 * @throws {TypeError} the value does not have the family's form.
 * @throws {RangeError} a part is out of range.
 */
export function encodeLinkAddress(
  constants: SocketConstants,
  call: string,
  family: number,
  address: unknown,
  out: Uint8Array,
): number {
  if (family === constants.AF_PACKET) return encodePacket(call, family, address, out);
  if (family === constants.AF_CAN) return encodeCan(call, family, address, out);
  if (family === constants.AF_VSOCK) {
    const parts = requireTuple(call, '[cid, port] for AF_VSOCK', address, [2]);
    return encodeNumbers(call, family, parts, ['CID', 'port'], out);
  }
  const parts = requireTuple(call, '[pid, groups] for AF_NETLINK', address, [2]);
  return encodeNumbers(call, family, parts, ['port id', 'mask of groups'], out);
}

function decodeCan(constants: SocketConstants, name: string, view: DataView, proto: number): CanAddress {
  if (proto === constants.CAN_ISOTP) {
    return [name, view.getUint32(AFTER_NAME, LITTLE_ENDIAN), view.getUint32(AFTER_NAME + 4, LITTLE_ENDIAN)];
  }
  if (proto === constants.CAN_J1939) {
    const pgn = view.getUint32(AFTER_NAME + 8, LITTLE_ENDIAN);
    return [name, view.getBigUint64(AFTER_NAME, LITTLE_ENDIAN), pgn, view.getUint8(AFTER_NAME + 12)];
  }
  return [name];
}

/**
 * Reads an address from a record of one of the families of {@link isLinkFamily}. The result owns its memory.
 */
export function decodeLinkAddress(
  constants: SocketConstants,
  record: Uint8Array,
  proto: number,
): NetlinkAddress | VsockAddress | PacketAddress | CanAddress {
  const view = viewOf(record);
  const byteCount = view.getUint32(0, LITTLE_ENDIAN);
  const family = view.getInt32(4, LITTLE_ENDIAN);
  if (family === constants.AF_NETLINK || family === constants.AF_VSOCK) {
    return [view.getUint32(8, LITTLE_ENDIAN), view.getUint32(12, LITTLE_ENDIAN)];
  }
  const padded = Buffer.from(record.subarray(HEADER_BYTES, AFTER_NAME));
  const end = padded.indexOf(0);
  const name = padded.subarray(0, end < 0 ? padded.length : end).toString();
  if (family === constants.AF_CAN) return decodeCan(constants, name, view, proto);
  const [protocol, pkttype, hatype] = [0, 4, 8].map((at) => view.getUint32(AFTER_NAME + at, LITTLE_ENDIAN));
  const addr = Buffer.from(record.subarray(HARDWARE_ADDRESS_AT, byteCount));
  return [name, protocol as number, pkttype as number, hatype as number, addr];
}
