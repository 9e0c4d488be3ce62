/** Examples are promises: each is in the gallery and its README, and is run by a test. */
import { posix } from 'node:path';
import { expect, test } from 'vitest';
import { type Example, gallery } from '../../examples/gallery.ts';
import { filesIn, readText } from './tree.ts';

const MAX_LINES = 200;

const entries: readonly Example[] = gallery;
const files = filesIn('examples', '.ts');
const programs = entries.map(({ file }) => `examples/${file}`);
const steps = files.filter((path) => path.startsWith('examples/book/'));
/** What all of them share. */
const shared = ['examples/command-line.ts', 'examples/ending.ts', 'examples/gallery.ts'];
const parts = files.filter((path) => ![...programs, ...steps, ...shared].includes(path));
const tests = filesIn('test', '.test.ts').filter((path) => !path.startsWith('test/architecture/'));
const readme = readText('examples/README.md');

test('what the gallery lists is there, once', () => {
  expect(programs.filter((path) => !files.includes(path))).toEqual([]);
  expect(new Set(programs).size).toBe(programs.length);
  expect(new Set(entries.map(({ name }) => name)).size).toBe(entries.length);
  expect(entries.filter(({ name, file }) => name !== posix.basename(file, '.ts'))).toEqual([]);
});

test('what the gallery does not list is a part of something that it does', () => {
  const code = new Map(files.map((path) => [path, readText(path)]));
  const unused = parts.filter((part) => {
    const name = `/${posix.basename(part)}'`;
    return ![...code].some(([path, text]) => path !== part && text.includes(name));
  });
  expect(unused, 'list it in examples/gallery.ts, import it, or delete it').toEqual([]);
});

test('every program of the gallery, and every step of the book, is run by a test', () => {
  const unproven = [...programs, ...steps].filter((example) => {
    // Whole or by its folder and its name, as tests start it.
    const named = [posix.dirname(example), posix.basename(example)];
    return !tests.some((path) => named.every((part) => readText(path).includes(part)));
  });
  expect(unproven, "examples that no test starts with startProgram('examples/….ts')").toEqual([]);
});

test('README has a row for every program of the gallery: its command, its file, what it needs', () => {
  const rows = readme.split('\n').filter((line) => line.startsWith('| '));
  const missing = entries.filter(({ name, file, needs }) => {
    const row = rows.find((line) => line.includes(`\`npm run example -- ${name}\``)) ?? '';
    return !row.includes(`(${file})`) || needs.some((need) => !row.includes(need));
  });
  expect(missing).toEqual([]);
});

test('README leads to files and names that exist', () => {
  const links = [...readme.matchAll(/\]\(([^)]+\.ts)\)/g)].map(([, link = '']) => `examples/${link}`);
  expect(links.filter((path) => !files.includes(path))).toEqual([]);
  expect(steps.filter((path) => !links.includes(path))).toEqual([]);
  const names = [...readme.matchAll(/npm run example -- ([a-z][\w-]*)/g)].map(([, name = '']) => name);
  expect(names.filter((name) => !entries.some((entry) => entry.name === name))).toEqual([]);
});

test('an example begins with the command that runs it', () => {
  const silent = entries.filter(
    ({ name, file }) => !readText(`examples/${file}`).includes(`npm run example -- ${name}`),
  );
  expect(silent.map(({ file }) => file)).toEqual([]);
});

test(`a file has at most ${MAX_LINES} lines`, () => {
  const long = files.filter((path) => readText(path).split('\n').length - 1 > MAX_LINES);
  expect(long).toEqual([]);
});

test('examples import the package by its name, as the reader of an example would', () => {
  const reachingIn = files.filter((path) => /from '\.\.?\/[^']*src\//.test(readText(path)));
  expect(reachingIn, "examples that import from src/: write from 'selectloop'").toEqual([]);
});

test('npm start runs an example that exists', () => {
  const { scripts } = JSON.parse(readText('package.json')) as { scripts: Record<string, string> };
  const started = /examples\/[\w/-]+\.ts/.exec(scripts.start ?? '')?.[0];
  expect(programs).toContain(started);
});
