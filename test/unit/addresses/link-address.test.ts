import { describe, expect, test } from 'vitest';

import {
  ADDRESS_RECORD_BYTES,
  type AddressInput,
  decodeAddress,
  encodeAddress,
} from '../../../src/addresses/address.ts';

/** Linux's numbers, as far as they matter here; none of these sockets is ever made. */
const constants = {
  AF_UNSPEC: 0,
  AF_UNIX: 1,
  AF_INET: 2,
  AF_INET6: 10,
  AF_NETLINK: 16,
  AF_PACKET: 17,
  AF_CAN: 29,
  AF_VSOCK: 40,
  CAN_RAW: 1,
  CAN_ISOTP: 6,
  CAN_J1939: 7,
};

function through(family: number, address: AddressInput, proto = 0): unknown {
  const record = new Uint8Array(ADDRESS_RECORD_BYTES).fill(0xee);
  const byteCount = encodeAddress(constants, 'test', family, address, record);
  expect(new Uint32Array(record.buffer)[0]).toBe(byteCount);
  return decodeAddress(constants, record, proto);
}

function refusal(family: number, address: unknown): string {
  try {
    encodeAddress(
      constants,
      'Socket.bind',
      family,
      address as AddressInput,
      new Uint8Array(ADDRESS_RECORD_BYTES),
    );
    return 'none';
  } catch (error) {
    return String(error);
  }
}

describe('what is encoded comes back', () => {
  test.each([
    [constants.AF_NETLINK, 0, [0, 0]],
    [constants.AF_NETLINK, 0, [2 ** 32 - 1, 2 ** 31]],
    [constants.AF_VSOCK, 0, [3, 2 ** 32 - 1]],
    [constants.AF_PACKET, 0, ['eth0', 0x806, 4, 772, Buffer.from([1, 2, 3, 4, 5, 6])]],
    [constants.AF_PACKET, 0, ['', 0, 0, 0, Buffer.alloc(0)]],
    [constants.AF_PACKET, 0, ['fifteen-letters', 0xffff, 255, 0xffff, Buffer.alloc(8, 9)]],
    [constants.AF_CAN, constants.CAN_RAW, ['vcan0']],
    [constants.AF_CAN, constants.CAN_ISOTP, ['vcan0', 0x123, 0x9fff_ffff]],
    [constants.AF_CAN, constants.CAN_J1939, ['vcan0', 0xffff_ffff_ffff_fffen, 0x3ffff, 0xfe]],
  ] as const)('family %d, protocol %d: %o', (family, proto, address) => {
    expect(through(family, address as unknown as AddressInput, proto)).toEqual(address);
  });

  test('parts that may be left out are zero', () => {
    expect(through(constants.AF_PACKET, ['lo', 3])).toEqual(['lo', 3, 0, 0, Buffer.alloc(0)]);
    expect(through(constants.AF_CAN, ['can0'], constants.CAN_ISOTP)).toEqual(['can0', 0, 0]);
  });
});

describe('what does not fit is refused', () => {
  test.each([
    [
      constants.AF_NETLINK,
      [1],
      /^TypeError: Socket\.bind: expected an address \[pid, groups\] for AF_NETLINK, got/,
    ],
    [constants.AF_NETLINK, 'path', /^TypeError/],
    [constants.AF_NETLINK, [1.5, 0], /^RangeError: Socket\.bind: expected a port id/],
    [constants.AF_NETLINK, [0, '1'], /^TypeError: Socket\.bind: expected a number as mask of groups/],
    [constants.AF_VSOCK, [2 ** 32, 0], /^RangeError: Socket\.bind: expected a CID/],
    [constants.AF_VSOCK, [0, -1], /^RangeError: Socket\.bind: expected a port/],
    [constants.AF_PACKET, ['lo'], /^TypeError: .*\[interfaceName, proto, /],
    [constants.AF_PACKET, [1, 3], /^TypeError: .*interface's name, got 1/],
    [constants.AF_PACKET, ['sixteen-letters!', 3], /^RangeError: .*at most 15 bytes/],
    [constants.AF_PACKET, ['a\0b', 3], /^RangeError/],
    [constants.AF_PACKET, ['lo', 65_536], /^RangeError: .*protocol from 0 to 65535/],
    [constants.AF_PACKET, ['lo', 3, 256], /^RangeError: .*packet type/],
    [constants.AF_PACKET, ['lo', 3, 0, 0, Buffer.alloc(9)], /^TypeError: .*at most 8 bytes/],
    [constants.AF_PACKET, ['lo', 3, 0, 0, 'text'], /^TypeError: .*hardware address/],
    [constants.AF_CAN, [], /^TypeError: .*AF_CAN/],
    [constants.AF_CAN, ['c', 1], /^TypeError: .*AF_CAN/],
    [constants.AF_CAN, ['c', -1, 0], /^RangeError: .*CAN identifier/],
    [constants.AF_CAN, ['c', 1, 2, 3], /^TypeError: .*bigint of 64 bits/],
    [constants.AF_CAN, ['c', 2n ** 64n, 2, 3], /^TypeError: .*bigint of 64 bits/],
    [constants.AF_CAN, ['c', 1n, 2, 256], /^RangeError: .*J1939 address/],
  ])('family %d: %o', (family, address, message) => {
    expect(refusal(family, address)).toMatch(message);
  });
});
