/**
 * Sizes as ratchets: the limits hold for everything; what once had to break one is listed, and may only
 * shrink. A file is measured in lines of code: comments and blank lines are free, so that nobody saves on
 * them.
 */
import { describe, expect, test } from 'vitest';
import {
  allCode,
  countCodeLines,
  descendants,
  filesIn,
  isNode,
  readText,
  type SyntaxNode,
  syntaxOf,
} from './tree.ts';

const MAX_FILE_LINES = 250;
/** A file of tests is a list, read one test at a time. */
const MAX_TEST_FILE_LINES = 300;
const MAX_FUNCTION_LINES = 60;
/** A comment is as wide as the formatter lets code be. */
const MAX_COMMENT_WIDTH = 110;

/**
 * What is over its limit (`path` or `path#function`), with its size and the reason. Nothing is, and that is
 * the aim.
 */
const allowances: Readonly<Record<string, { lines: number; reason: string }>> = {};

interface Measured {
  readonly name: string;
  readonly lines: number;
}

const tests = measureFiles(filesIn('test', '.ts', '.mjs'));
const code = measureFiles(allCode().filter((path) => !path.startsWith('test/') && !isListOfExports(path)));
const native = measureFiles(filesIn('native', '.cc', '.h'));
// A test's `describe` is a table of contents, not a function that somebody must hold in mind: there, only
// files count.
const functions = allCode()
  .filter((path) => !path.startsWith('test/'))
  .flatMap(measureFunctions);

describe('sizes', () => {
  test(`a file has at most ${MAX_FILE_LINES} lines of code`, () => {
    expect(overLimit(code, MAX_FILE_LINES)).toEqual([]);
  });

  test(`a file of tests has at most ${MAX_TEST_FILE_LINES} lines of code`, () => {
    expect(overLimit(tests, MAX_TEST_FILE_LINES)).toEqual([]);
  });

  test(`a function has at most ${MAX_FUNCTION_LINES} lines`, () => {
    expect(overLimit(functions, MAX_FUNCTION_LINES)).toEqual([]);
  });

  test(`a native file has at most ${MAX_FILE_LINES} lines of code`, () => {
    expect(overLimit(native, MAX_FILE_LINES)).toEqual([]);
  });

  test(`a comment is at most ${MAX_COMMENT_WIDTH} columns wide`, () => {
    const folders = ['src', 'native', 'scripts', 'bench', 'test'];
    const paths = folders.flatMap((folder) => filesIn(folder, '.ts', '.mjs', '.cc', '.c', '.h'));
    expect(paths.filter((path) => !path.includes('/build/')).flatMap(wideComments)).toEqual([]);
  });

  test('an allowance is as small as what it allows', () => {
    const sizes = new Map(
      [...code, ...tests, ...native, ...functions].map(({ name, lines }) => [name, lines]),
    );
    const loose = Object.entries(allowances)
      .filter(([name, { lines }]) => sizes.get(name) !== lines)
      .map(([name, { lines }]) => `${name}: allowed ${lines}, has ${sizes.get(name) ?? 'gone'}; tighten it`);
    expect(loose).toEqual([]);
  });
});

/**
 * Whether a file passes on what others export and has nothing of its own: it is as long as the package is
 * wide.
 */
function isListOfExports(path: string): boolean {
  const { body } = syntaxOf(path);
  return Array.isArray(body) && body.length > 0 && body.every((each) => isNode(each) && isPassedOn(each));
}

function isPassedOn(node: SyntaxNode): boolean {
  return /^Export(Named|All)Declaration$/.test(node.type) && isNode(node.source);
}

/**
 * Prose only: the rows of a table, code and drawings (indented, or in columns) keep the width that they need.
 */
function wideComments(path: string): string[] {
  return readText(path)
    .split('\n')
    .map((line, index) => ({ line, place: `${path}:${index + 1}` }))
    .filter(({ line }) => Array.from(line).length > MAX_COMMENT_WIDTH)
    .filter(({ line }) => {
      const text = /^\s*(?:\/\/|\/\*\*?|\*) ?(.*)$/.exec(line)?.[1];
      if (text === undefined || / {4}|^\s*\||\S {3,}\S/.test(text)) return false;
      return !/^(?:biome-ignore|oxlint-|@ts-)/.test(text);
    })
    .map(({ place }) => place);
}

function measureFiles(paths: readonly string[]): Measured[] {
  return paths.map((name) => ({ name, lines: countCodeLines(name) }));
}

function measureFunctions(path: string): Measured[] {
  return descendants(syntaxOf(path))
    .filter((node) => isNode(node.body) && node.body.type === 'BlockStatement' && Array.isArray(node.params))
    .map((node) => ({
      name: `${path}#${nameOf(node)}`,
      lines: node.loc.end.line - node.loc.start.line + 1,
    }));
}

function nameOf(node: SyntaxNode): string {
  const name = node.id ?? node.key;
  return isNode(name) && typeof name.name === 'string' ? name.name : `line ${node.loc.start.line}`;
}

function overLimit(measured: readonly Measured[], limit: number): string[] {
  return measured
    .filter(({ name, lines }) => lines > (allowances[name]?.lines ?? limit))
    .map(({ name, lines }) => `${name} has ${lines} lines, ${limit} is the limit`);
}
