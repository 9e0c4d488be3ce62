import { isIPv4, isIPv6 } from 'node:net';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { formatIPv4, formatIPv6, parseIPv4, parseIPv6 } from '../../../src/addresses/ip-text.ts';
import { holds } from '../../support/property.ts';

describe('IPv4', () => {
  test.each(['0.0.0.0', '127.0.0.1', '255.255.255.255', '1.20.200.9'])('%s', (text) => {
    const bytes = parseIPv4(text);
    expect([...(bytes ?? [])]).toEqual(text.split('.').map(Number));
    expect(formatIPv4(bytes as Uint8Array)).toBe(text);
  });

  test.each([
    '',
    '1',
    '1.2.3',
    '1.2.3.4.5',
    '256.0.0.1',
    '01.2.3.4',
    '1.2.3.04',
    '1.2.3.4 ',
    ' 1.2.3.4',
    '1..2.3',
    '0x7f.0.0.1',
    '1.2.3.-4',
    '１.2.3.4',
    '1.2.3.4\n',
  ])('refuses %o', (text) => {
    expect(parseIPv4(text)).toBeNull();
  });
});

describe('IPv6', () => {
  // What glibc's inet_ntop says of each, through Python's socket.inet_ntop.
  test.each([
    ['::', '::'],
    ['::1', '::1'],
    ['1::', '1::'],
    ['0:0:0:0:0:0:0:1', '::1'],
    ['2001:DB8::A', '2001:db8::a'],
    ['2001:0db8:0000:0000:0001:0000:0000:0001', '2001:db8::1:0:0:1'],
    ['1:0:0:2:0:0:0:3', '1:0:0:2::3'],
    ['1:0:2:3:4:5:6:7', '1:0:2:3:4:5:6:7'],
    ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
    ['::2:3:4:5:6:7:8', '0:2:3:4:5:6:7:8'],
    ['::ffff:127.0.0.1', '::ffff:127.0.0.1'],
    ['::ffff:7f00:1', '::ffff:127.0.0.1'],
    ['::1.2.3.4', '::1.2.3.4'],
    ['64:ff9b::1.2.3.4', '64:ff9b::102:304'],
    ['::ffff:0:1.2.3.4', '::ffff:0:102:304'],
    ['::0.0.1.2', '::102'],
    ['1:2:3:4:5:6:7.8.9.10', '1:2:3:4:5:6:708:90a'],
    ['fe80::1', 'fe80::1'],
  ])('%s is %s', (text, canonical) => {
    expect(formatIPv6(parseIPv6(text) as Uint8Array)).toBe(canonical);
  });

  test.each([
    '',
    ':',
    ':::',
    '1',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1::2::3',
    '12345::',
    'g::',
    ':1',
    '1:',
    '1:2:3:4:5:6:7:8::',
    '::1:2:3:4:5:6:7:8',
    '1.2.3.4',
    '::1.2.3',
    '::1.2.3.256',
    '1.2.3.4::',
    '::1.2.3.4:5',
    'fe80::1%1',
    ' ::1',
    '::1\n',
    '1:2:3:4:5:6:7:1.2.3.4',
  ])('refuses %o', (text) => {
    expect(parseIPv6(text)).toBeNull();
  });

  test('any sixteen bytes survive the way to text and back', () => {
    const group = fc.oneof(fc.constant(0), fc.constant(0xffff), fc.integer({ min: 0, max: 0xffff }));
    holds(
      fc.property(fc.array(group, { minLength: 8, maxLength: 8 }), (groups) => {
        const bytes = Uint8Array.from(groups.flatMap((value) => [value >> 8, value & 0xff]));
        const text = formatIPv6(bytes);
        expect(isIPv6(text)).toBe(true);
        expect(parseIPv6(text)).toEqual(bytes);
      }),
    );
  });

  test('judges as Node’s own parser does', () => {
    const piece = fc.constantFrom('0', '1', 'ff', 'ABCD', '12345', ':', '::', '.', '1.2.3.4', '%');
    holds(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const text = pieces.join('');
        // Node takes a zone for part of the address.
        fc.pre(!text.includes('%'));
        expect(parseIPv6(text) !== null).toBe(isIPv6(text));
        expect(parseIPv4(text) !== null).toBe(isIPv4(text));
      }),
      { runs: 2000 },
    );
  });
});
