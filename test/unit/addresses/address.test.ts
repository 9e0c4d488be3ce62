import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import {
  ADDRESS_RECORD_BYTES,
  type AddressInput,
  decodeAddress,
  encodeAddress,
  recordByteCount,
  recordFamily,
} from '../../../src/addresses/address.ts';
import { ifNameindex } from '../../../src/addresses/interfaces.ts';
import { formatAddress } from '../../../src/sockets/describe-socket.ts';
import { holds } from '../../support/property.ts';

const AF_UNIX = 1;
const AF_INET = 2;
const AF_INET6 = 30;
const constants = { AF_UNIX, AF_INET, AF_INET6, UNIX_PATH_MAX: 20 };

function encode(family: number, address: AddressInput): Uint8Array {
  const out = new Uint8Array(ADDRESS_RECORD_BYTES).fill(0xee);
  const byteCount = encodeAddress(constants, 'Socket.bind', family, address, out);
  expect(recordByteCount(out)).toBe(byteCount);
  expect(recordFamily(out)).toBe(family);
  return out;
}

function roundTrip(family: number, address: AddressInput): unknown {
  return decodeAddress(constants, encode(family, address));
}

function refusal(family: number, address: unknown): string {
  try {
    encode(family, address as AddressInput);
  } catch (error) {
    return String(error);
  }
  throw new Error('expected a refusal');
}

describe('AF_INET', () => {
  test.each([
    [
      ['127.0.0.1', 80],
      ['127.0.0.1', 80],
    ],
    [
      ['', 0],
      ['0.0.0.0', 0],
    ],
    [
      ['<broadcast>', 65535],
      ['255.255.255.255', 65535],
    ],
    [
      ['localhost', 1],
      ['127.0.0.1', 1],
    ],
    [
      ['LocalHost', 1],
      ['127.0.0.1', 1],
    ],
  ] as const)('%o', (address, expected) => {
    expect(roundTrip(AF_INET, address)).toEqual(expected);
  });

  test('the record is the documented one', () => {
    const record = encode(AF_INET, ['1.2.3.4', 258]).subarray(0, 16);
    const words = new Uint32Array(record.slice(0, 12).buffer);
    expect([...words]).toEqual([16, AF_INET, 258]);
    expect([...record.subarray(12)]).toEqual([1, 2, 3, 4]);
  });

  test.each([
    [
      '127.0.0.1:80',
      /^TypeError: Socket\.bind: expected an address \[host, port\] for AF_INET, got '127\.0\.0\.1:80'$/,
    ],
    [null, /^TypeError: .*got null$/],
    [['127.0.0.1'], /^TypeError: /],
    [['127.0.0.1', 1, 2], /^TypeError: /],
    [[80, '127.0.0.1'], /^TypeError: /],
    [['127.0.0.1', '80'], /^TypeError: Socket\.bind: expected a number as port, got '80'$/],
    [['127.0.0.1', -1], /^RangeError: Socket\.bind: expected a port from 0 to 65535, got -1$/],
    [['127.0.0.1', 65536], /^RangeError: .*got 65536$/],
    [['127.0.0.1', 1.5], /^RangeError: .*got 1\.5$/],
    [['127.0.0.1', Number.NaN], /^RangeError: .*got NaN$/],
    [
      ['example.com', 80],
      /^RangeError: Socket\.bind: 'example\.com' is not an IPv4 address.*getaddrinfo first, or use createConnection/,
    ],
    [['::1', 80], /^RangeError: .*'::1' is an IPv6 address, but the socket's family is AF_INET$/],
  ])('refuses %o', (address, message) => {
    expect(refusal(AF_INET, address)).toMatch(message);
  });
});

describe('AF_INET6', () => {
  test.each([
    [
      ['::1', 80],
      ['::1', 80, 0, 0],
    ],
    [
      ['', 80],
      ['::', 80, 0, 0],
    ],
    [
      ['localhost', 80],
      ['::1', 80, 0, 0],
    ],
    [
      ['fe80::1', 80, 0xfffff, 0xffffffff],
      ['fe80::1', 80, 0xfffff, 0xffffffff],
    ],
    [
      ['fe80::1%7', 80],
      ['fe80::1', 80, 0, 7],
    ],
    [
      ['fe80::1%7', 80, 1, 7],
      ['fe80::1', 80, 1, 7],
    ],
    [
      ['::ffff:10.0.0.1', 80],
      ['::ffff:10.0.0.1', 80, 0, 0],
    ],
  ] as const)('%o', (address, expected) => {
    expect(roundTrip(AF_INET6, address)).toEqual(expected);
  });

  test('a zone by the name of an interface, also of one without a link-local address', () => {
    const interfaces = ifNameindex();
    expect(interfaces.length).toBeGreaterThan(0);
    for (const [index, name] of interfaces)
      expect(roundTrip(AF_INET6, [`fe80::1%${name}`, 1])).toEqual(['fe80::1', 1, 0, index]);
  });

  test.each([
    [['127.0.0.1', 80], /^RangeError: .*write '::ffff:127\.0\.0\.1'$/],
    [['example.com', 80], /^RangeError: .*is not an IPv6 address/],
    [['::1', 80, 0x100000], /^RangeError: .*flow info from 0 to 1048575/],
    [['::1', 80, 0, -1], /^RangeError: .*scope id from 0 to 4294967295/],
    [['::1', 80, 0, 0, 0], /^TypeError: .*\[host, port, flowInfo\?, scopeId\?\] for AF_INET6/],
    [['fe80::1%7', 80, 0, 8], /^RangeError: .*zone .* is 7, but the scope id says 8$/],
    [['fe80::1%9999999999', 80], /^RangeError: .*zone/],
    [['fe80::1%nosuchinterface', 80], /^RangeError: .*is no interface/],
    [['fe80::1%', 80], /^RangeError: .*is no interface/],
    [['fe80::1%longer-than-any-name', 80], /^RangeError: .*is no interface/],
  ])('refuses %o', (address, message) => {
    expect(refusal(AF_INET6, address)).toMatch(message);
  });
});

describe('AF_UNIX', () => {
  test.each(['/tmp/x.sock', '', 'relative', '/tmp/ä', '12345678901234567890'])('path %o', (path) => {
    expect(roundTrip(AF_UNIX, path)).toBe(path);
  });

  test('bytes come back as text where they are UTF-8, and as bytes where not', () => {
    expect(roundTrip(AF_UNIX, Buffer.from('/tmp/x'))).toBe('/tmp/x');
    const strange = Buffer.from([0x2f, 0xff, 0xfe]);
    expect(roundTrip(AF_UNIX, strange)).toEqual(strange);
  });

  test('abstract names are bytes, every one of which counts', () => {
    expect(roundTrip(AF_UNIX, '\0name')).toEqual(Buffer.from('\0name'));
    expect(roundTrip(AF_UNIX, Buffer.from('\0a\0b\0'))).toEqual(Buffer.from('\0a\0b\0'));
  });

  test('what was read does not change when the record is used again', () => {
    const record = encode(AF_UNIX, '\0first');
    const address = decodeAddress(constants, record);
    record.fill(0);
    expect(address).toEqual(Buffer.from('\0first'));
  });

  test.each([
    [['/tmp/x', 1], /^TypeError: Socket\.bind: expected a path \(string or Uint8Array\) for AF_UNIX/],
    [7, /^TypeError: /],
    ['123456789012345678901', /^RangeError: Socket\.bind: AF_UNIX paths have at most 20 bytes, .* has 21$/],
    ['ääääääääääa', /has 21$/],
    ['/tmp/a\0b', /^RangeError: Socket\.bind: NUL inside the path/],
  ])('refuses %o', (address, message) => {
    expect(refusal(AF_UNIX, address)).toMatch(message);
  });
});

describe('other families', () => {
  test('their bytes pass as they are', () => {
    expect(roundTrip(16, [16, Uint8Array.of(1, 2, 3)])).toEqual([16, Buffer.from([1, 2, 3])]);
  });

  test.each([
    [['127.0.0.1', 1], /^TypeError: Socket\.bind: expected an address \[16, Uint8Array\]/],
    [[17, Buffer.alloc(2)], /^TypeError: /],
    [[16, Buffer.alloc(257)], /^RangeError: .*257 bytes do not fit/],
  ])('refuse %o', (address, message) => {
    expect(refusal(16, address)).toMatch(message);
  });

  test('no address at all is the unnamed one', () => {
    const record = new Uint8Array(ADDRESS_RECORD_BYTES);
    new Uint32Array(record.buffer)[0] = 8;
    expect(decodeAddress(constants, record)).toBe('');
  });
});

test('a record may lie anywhere in its buffer', () => {
  holds(
    fc.property(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 65535 }), (offset, port) => {
      const out = new Uint8Array(ADDRESS_RECORD_BYTES + 9).subarray(offset);
      encodeAddress(constants, 'x', AF_INET6, ['::1', port], out);
      expect(decodeAddress(constants, out)).toEqual(['::1', port, 0, 0]);
    }),
  );
});

test.each([
  [['127.0.0.1', 80] as [string, number], '127.0.0.1:80'],
  [['::1', 80, 0, 0] as [string, number, number, number], '[::1]:80'],
  ['/tmp/x', '/tmp/x'],
  ['', '(unnamed)'],
  [Buffer.from('\0name'), '@name'],
  [[16, Buffer.alloc(3)] as [number, Buffer], '(family 16, 3 bytes)'],
])('%o in a few characters', (address, text) => {
  expect(formatAddress(address)).toBe(text);
});
