/**
 * A function that is written in a call, `toThread(() => …)`, is another object each time. Workers got it anew
 * with every call, compiled it, and kept all of them.
 */
import { expect, test } from 'vitest';
import { referenceOf } from '../../src/executors/function-reference.ts';

test('the same text is the same function to a worker', () => {
  const made = [1, 2].map(() => (n: number) => n + 1);
  const [first, second] = made.map((each) => referenceOf(each, 'submit'));
  expect(made[0]).not.toBe(made[1]);
  expect(first).toBe(second);
  expect(first?.source).toContain('n + 1');
  expect(referenceOf((n: number) => n + 2, 'submit').ref).not.toBe(first?.ref);
});
