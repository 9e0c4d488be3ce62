import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Ring } from '../../../src/base/ring.ts';
import { holds } from '../../support/property.ts';

describe('Ring', () => {
  it('gives back what was pushed, oldest first, through growth and wrapping', () => {
    const operations = fc.array(
      fc.oneof({ weight: 3, arbitrary: fc.nat() }, { weight: 2, arbitrary: fc.constant(null) }),
      {
        maxLength: 300,
      },
    );
    holds(
      fc.property(operations, (steps) => {
        const ring = new Ring<number>(2);
        const model: number[] = [];
        for (const value of steps) {
          if (value === null) {
            expect(ring.peek()).toBe(model[0]);
            expect(ring.shift()).toBe(model.shift());
          } else {
            ring.push(value);
            model.push(value);
          }
          expect(ring.length).toBe(model.length);
        }
        while (model.length > 0) expect(ring.shift()).toBe(model.shift());
      }),
    );
  });

  it('is empty after the last, and stays usable', () => {
    const ring = new Ring<string>();
    expect(ring.shift()).toBeUndefined();
    ring.push('a');
    expect(ring.shift()).toBe('a');
    expect(ring.shift()).toBeUndefined();
    expect(ring.length).toBe(0);
    ring.push('b');
    expect(ring.shift()).toBe('b');
  });

  it('forgets everything at clear()', () => {
    const ring = new Ring<number>(4);
    for (let i = 0; i < 10; i++) ring.push(i);
    ring.clear();
    expect(ring.length).toBe(0);
    ring.push(99);
    expect(ring.shift()).toBe(99);
    expect(ring.shift()).toBeUndefined();
  });

  it('takes a million elements in a time that grows with their number only', () => {
    const ring = new Ring<number>();
    for (let i = 0; i < 1_000_000; i++) ring.push(i);
    for (let i = 0; i < 1_000_000; i++) if (ring.shift() !== i) throw new Error(`out of order at ${i}`);
    expect(ring.length).toBe(0);
  });
});
