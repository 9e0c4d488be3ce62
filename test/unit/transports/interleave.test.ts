/** The order in which addresses are tried: RFC 8305, section 4. */
import { expect, test } from 'vitest';
import type { AddressInfo } from '../../../src/names/address-query.ts';
import { interleave } from '../../../src/transports/interleave.ts';

const infos = (...families: number[]): AddressInfo[] =>
  families.map((family, i) => [family, 1, 6, '', [`host${i}`, 80]]);

test.each([
  [1, [6, 6, 6, 4, 4], ['host0', 'host3', 'host1', 'host4', 'host2']],
  [2, [6, 6, 6, 4, 4], ['host0', 'host1', 'host3', 'host2', 'host4']],
  [3, [6, 6, 6, 4, 4], ['host0', 'host1', 'host2', 'host3', 'host4']],
  [1, [4, 4], ['host0', 'host1']],
  [1, [4, 6, 9, 6], ['host0', 'host1', 'host2', 'host3']],
  [1, [], []],
])('the first %i of the first family, then in turn: %j', (firstCount, families, expected) => {
  expect(interleave(infos(...families), firstCount).map((info) => info[4][0])).toEqual(expected);
});
