/** Habits that a formatter cannot hold: what may not be written, and where. */
import { describe, expect, test } from 'vitest';
import { allCode, descendants, filesIn, readText, type SyntaxNode, syntaxOf } from './tree.ts';

const source = filesIn('src', '.ts');
const typescript = allCode().filter((path) => path.endsWith('.ts'));
const prose = [
  ...filesIn('docs', '.md'),
  ...filesIn('.github', '.yml'),
  ...filesIn('.ci', 'run'),
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
];
const everything = [...allCode(), ...filesIn('native', '.cc', '.h'), ...prose, 'package.json', 'binding.gyp'];

/**
 * Files with a `yield` that is not `yield*`, and why. Leaf operations suspend a coroutine as plain iterators;
 * everything else composes them. (A plain iterator can hand out an array's own iterator.)
 */
const bareYields: Readonly<Record<string, string>> = {
  'src/loop/step.ts':
    'the loop body yields to its driver, a timeout for ready events; no coroutine is involved',
  'src/loop/loop-core.ts': 'the steps of closing, called one after the other; no coroutine is involved',
  'src/runtime/shutdown.ts':
    'rounds of ending tasks, each to be run by whichever driver asks; no coroutine is involved',
};

describe('conventions', () => {
  test('no `any`: unknown and a check say the same and mean it', () => {
    // Parsing is dear: only what has the word where a type may stand, and not all that has it in a sentence.
    const placed = /(?:[:<>|&,(=?[]|\b(?:as|is|extends|satisfies|keyof))\s*any\b/;
    const paths = typescript.filter((path) => placed.test(readText(path)));
    expect(findNodes(paths, (node) => node.type === 'TSAnyKeyword')).toEqual([]);
  });

  test('no compiler error is silenced for good', () => {
    expect(findText(typescript, /@ts-(ignore|nocheck)/)).toEqual([]);
  });

  test('a bare `yield` stands in the allowed files only', () => {
    const isBare = (node: SyntaxNode) => node.type === 'YieldExpression' && node.delegate !== true;
    // examples/book/ builds a loop from bare generators, step by step: there, yielding is the lesson.
    const examples = filesIn('examples', '.ts').filter((path) => !path.startsWith('examples/book/'));
    const code = [...source, ...examples].filter((path) => !(path in bareYields));
    expect(findNodes(code, isBare), 'write `yield*`').toEqual([]);
  });

  test('nothing is left for later without a word', () => {
    // In brackets, so that this line is not one of them.
    const marker = /\b(T[O]DO|F[I]XME|X[X]X|H[A]CK)\b/;
    const code = [...allCode(), ...filesIn('native', '.cc', '.h')];
    expect(findText(code, marker), 'finish it, or say in prose what the limit is').toEqual([]);
  });

  test('no folder or file called utils, helpers or common: a name says what is inside', () => {
    const vague = /(^|\/)(utils?|helpers?|common|misc)(\/|\.\w+$)/;
    const files = [...allCode(), ...filesIn('native', '.cc', '.h')];
    expect(files.filter((path) => vague.test(path))).toEqual([]);
  });

  test('no path of one machine', () => {
    const folders = ['work', 'root', 'home', 'Users', 'farm'].join('|');
    const absolute = new RegExp(`(^|[^A-Za-z0-9_.$}~-])/(${folders})/[A-Za-z0-9_.]`);
    expect(findText(everything, absolute)).toEqual([]);
  });

  test('variables of the environment are read by environmentVariable(), which Deno may refuse', () => {
    // What programs are started with is the environment as a whole.
    const wholes = [
      'src/base/environment.ts',
      'src/executors/process-worker.ts',
      'src/subprocess/options.ts',
    ];
    const code = source.filter((path) => !wholes.includes(path));
    expect(findText(code, /^(?!\s*(\*|\/\/)).*\bprocess\.env\b/)).toEqual([]);
  });

  test('no test is skipped without a condition, or runs alone', () => {
    const tests = filesIn('test', '.ts');
    expect(findText(tests, /\b(it|test|describe)\.(skip|todo|only|fails)\(/)).toEqual([]);
  });

  test('properties are checked by holds() alone, which bounds their time and tells their seeds', () => {
    const tests = filesIn('test', '.ts').filter(
      (path) => !/^test\/(architecture|support\/property)/.test(path),
    );
    expect(findText(tests, /\bfc\.(assert|check)\(|\b(assert|check)\b.* from 'fast-check'/)).toEqual([]);
  });

  test('files are named in kebab-case', () => {
    const names = allCode().filter((path) => !/^[a-z0-9/.-]+$/.test(path));
    expect(names).toEqual([]);
  });
});

function findNodes(paths: readonly string[], matches: (node: SyntaxNode) => boolean): string[] {
  return paths.flatMap((path) =>
    descendants(syntaxOf(path))
      .filter(matches)
      .map((node) => `${path}:${node.loc.start.line}`),
  );
}

function findText(paths: readonly string[], pattern: RegExp): string[] {
  return paths.flatMap((path) =>
    readText(path)
      .split('\n')
      .flatMap((line, index) => (pattern.test(line) ? [`${path}:${index + 1} ${line.trim()}`] : [])),
  );
}
