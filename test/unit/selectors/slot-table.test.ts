import { array, nat, property } from 'fast-check';
import { expect, it } from 'vitest';
import { SlotTable } from '../../../src/selectors/slot-table.ts';
import { holds } from '../../support/property.ts';

interface Thing {
  readonly name: string;
}

function put(table: SlotTable<Thing>, name: string): number {
  const token = table.claim();
  table.put(token, { name });
  return token;
}

it('finds by token until the token is released', () => {
  const table = new SlotTable<Thing>();
  const a = put(table, 'a');
  const b = put(table, 'b');
  expect(table.at(a)?.name).toBe('a');
  expect(table.at(b)?.name).toBe('b');
  table.release(a);
  expect(table.at(a)).toBeNull();
  expect(table.at(b)?.name).toBe('b');
});

it('knows nothing of tokens it never gave', () => {
  const table = new SlotTable<Thing>();
  expect(table.at(0)).toBeNull();
  expect(table.at(2 ** 31 - 1)).toBeNull();
  put(table, 'a');
  expect(table.at(2 ** 20)).toBeNull();
});

it('one at a time: no token comes back within 500,000 claims, and slots are few', () => {
  const table = new SlotTable<Thing>();
  const seen = new Set<number>();
  let largestSlot = 0;
  for (let i = 0; i < 500_000; i += 1) {
    const token = put(table, 'x');
    seen.add(token);
    largestSlot = Math.max(largestSlot, token % 2 ** 20);
    table.release(token);
  }
  expect(seen.size).toBe(500_000);
  expect(largestSlot).toBeLessThan(300);
});

it('tokens are 31-bit, also after the generations have wrapped', () => {
  const table = new SlotTable<Thing>();
  let largest = 0;
  for (let i = 0; i < 600_000; i += 1) {
    const token = put(table, 'x');
    if (token < 0 || !Number.isInteger(token)) throw new Error(`token ${token}`);
    largest = Math.max(largest, token);
    table.release(token);
  }
  expect(largest).toBeLessThan(2 ** 31);
  expect(largest).toBeGreaterThan(2 ** 30);
});

it('holds 2^20 values, refuses one more in words, and goes on when one is released', () => {
  const table = new SlotTable<Thing>();
  const thing = { name: 'x' };
  const first = table.claim();
  table.put(first, thing);
  for (let i = 1; i < 2 ** 20; i += 1) table.put(table.claim(), thing);
  expect(() => table.claim()).toThrow(new RangeError('a selector holds at most 1048576 registrations'));
  table.release(first);
  const again = put(table, 'again');
  expect(again).not.toBe(first);
  expect(again % 2 ** 20).toBe(first);
  expect(table.at(first)).toBeNull();
  expect(table.at(again)?.name).toBe('again');
});

it('behaves as a map whose keys it chooses, whatever the order of claims and releases', () => {
  holds(
    property(array(nat(999), { maxLength: 600 }), (choices) => {
      const table = new SlotTable<Thing>();
      const model = new Map<number, string>();
      const retired: number[] = [];
      for (const [step, choice] of choices.entries()) {
        const live = [...model.keys()];
        const victim = live[choice % (live.length + 1)];
        if (victim !== undefined && choice % 3 === 0) {
          table.release(victim);
          model.delete(victim);
          retired.push(victim);
        } else {
          const token = put(table, `v${step}`);
          if (model.has(token)) throw new Error(`token ${token} was given twice`);
          model.set(token, `v${step}`);
        }
      }
      for (const [token, name] of model) expect(table.at(token)?.name).toBe(name);
      for (const token of retired) expect(table.at(token)).toBeNull();
    }),
    { runs: 300 },
  );
});
