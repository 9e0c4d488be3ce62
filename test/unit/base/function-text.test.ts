import { runInThisContext } from 'node:vm';
import { expect, test } from 'vitest';
import { callOf, declarationsOf, namesOf } from '../../../src/base/function-text.ts';

/** A function as a bundler leaves it that shortens names and keeps the old ones. */
function bundled(text: string): (...args: never[]) => unknown {
  const made = runInThisContext(`var i = (named) => named; (${text})`) as () => unknown;
  return Object.defineProperty(made, 'name', { value: 'kept' });
}

test('a program calls functions by the names that they have in its text', () => {
  const double = bundled('function a(x) { return x * 2; }');
  const main = bundled('function b(names, x) { return names.double(x) + a(x); }');
  const program = [declarationsOf([double]), callOf(main, `${namesOf({ double })}, 5`)].join('\n');
  expect(double.name).toBe('kept');
  expect(runInThisContext(program)).toBe(20);
});

test('the main function may be without a name', () => {
  expect(runInThisContext(callOf(bundled('function(x) { return x + 1; }'), '1'))).toBe(2);
  expect(runInThisContext(callOf(bundled('(x) => x + 1'), '1'))).toBe(2);
});

test('an async function and a generator have names', () => {
  const functions = { one: bundled('async function q$() {}'), two: bundled('function* r_() {}') };
  expect(namesOf(functions)).toBe('{ one: q$, two: r_ }');
});
