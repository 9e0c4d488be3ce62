/** The other tests of this folder pass when they find nothing: so it matters that they see. */
import { expect, test } from 'vitest';
import { allCode, descendants, filesIn, parseText, referencesIn } from './tree.ts';

test('every way to name another module is seen', () => {
  const tree = parseText(
    `import a, { b } from './1.ts';
import type { C } from './2.ts';
export { d } from './3.ts';
export type * from './4.ts';
const e = await import('./5.ts');
let f: import('./6.ts').F<import('./7.ts').G>;
const worker = new URL('./8.ts', import.meta.url);
import './9.ts';
export * as h from './10.ts';`,
    'sample.ts',
  );
  const specifiers = referencesIn(tree).map(({ specifier }) => specifier);
  expect(specifiers.toSorted()).toEqual(
    ['1', '2', '3', '4', '5', '6', '7', '8', '9', '10'].map((n) => `./${n}.ts`).toSorted(),
  );
});

test('strings and URLs that name no module are not references', () => {
  const tree = parseText(
    `const a = './1.ts'; new URL('http://x/'); new URL('..', import.meta.url); fetch('./2.ts');`,
    'sample.ts',
  );
  expect(referencesIn(tree)).toEqual([]);
});

test('a reference knows its line', () => {
  const tree = parseText(`\n\nimport './1.ts';`, 'sample.ts');
  expect(referencesIn(tree)).toEqual([{ specifier: './1.ts', line: 3 }]);
});

test('syntax as new as `using` and `satisfies` is read', () => {
  const tree = parseText('{ using x = f() satisfies Disposable; }', 'sample.ts');
  expect(descendants(tree).map(({ type }) => type)).toContain('TSSatisfiesExpression');
});

test('the files of the project are found', () => {
  expect(filesIn('src', '.ts')).toContain('src/kernel/kernel.ts');
  expect(allCode()).toContain('scripts/setup.mjs');
  expect(allCode()).toContain('test/architecture/tree.ts');
  expect(filesIn('no-such-folder', '.ts')).toEqual([]);
});
