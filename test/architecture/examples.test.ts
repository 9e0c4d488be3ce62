/** Examples are promises: each is run by a test. */
import { posix } from 'node:path';
import { expect, test } from 'vitest';
import { filesIn, readText } from './tree.ts';

const examples = filesIn('examples', '.ts');
const tests = filesIn('test', '.test.ts').filter((path) => !path.startsWith('test/architecture/'));

/** Example → the tests that name it, whole or by its folder and its name, as they start it. */
const runBy = new Map(
  examples.map((example) => {
    const parts = [posix.dirname(example), posix.basename(example)];
    return [example, tests.filter((path) => parts.every((part) => readText(path).includes(part)))] as const;
  }),
);

test('every example is run by a test', () => {
  const unproven = examples.filter((example) => runBy.get(example)?.length === 0);
  expect(unproven, "examples that no test starts with startProgram('examples/….ts')").toEqual([]);
});

test('examples import the package by its name, as the reader of an example would', () => {
  const reachingIn = examples.filter((example) => /from '\.\.?\/[^']*src\//.test(readText(example)));
  expect(reachingIn, "examples that import from src/: write from 'selectloop'").toEqual([]);
});

test('npm start runs an example that exists', () => {
  const { scripts } = JSON.parse(readText('package.json')) as { scripts: Record<string, string> };
  const started = /examples\/[\w-]+\.ts/.exec(scripts.start ?? '')?.[0];
  expect(examples).toContain(started);
});
