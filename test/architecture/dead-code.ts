/**
 * What nobody uses is deleted: files that nothing imports, exports that nobody names, base classes of one
 * class.
 */
import { describe, expect, test } from 'vitest';
import {
  allCode,
  descendants,
  filesIn,
  isNode,
  readText,
  resolveReference,
  type SyntaxNode,
  stringValue,
  syntaxOf,
} from './tree.ts';

/** One use of a name of another file; `*` for all of its names. */
interface Use {
  readonly path: string;
  readonly name: string;
}

const source = filesIn('src', '.ts');
const faces = source.filter((path) => path.split('/').length === 2);
/** The commands of the package, which Node starts. */
const { bin } = JSON.parse(readText('package.json')) as { bin: Record<string, string> };
const commands = Object.keys(bin).map((name) => `src/command/${name}.ts`);
/**
 * What the package, its examples and its benchmarks use. A test alone keeps nothing alive, but for
 * {@link forTests}.
 */
const uses = allCode()
  .filter((path) => !path.startsWith('test/'))
  .flatMap(usesIn);
/** Exports that only tests name (`path#name`), with the reason why they are exported. */
const forTests: Readonly<Record<string, string>> = {
  'src/kernel/addon-places.ts#runningLibc':
    'which file is loaded on other systems cannot be seen from this one',
  'src/kernel/addon-advice.ts#scriptAdvice': 'the loader tells it only where an addon is missing',
  'src/kernel/addon-advice.ts#lastBuildFailure': 'the same',
  'src/kernel/native-kernel.ts#nowMs': 'native tests time a poller by the clock that it must keep to',
  'src/kernel/native-kernel.ts#nativeSignals': 'native tests watch signals without a loop',
  'src/loop/io-waiters.ts#EVENTS_PER_CHUNK': 'tests of fairness need one event more than a chunk has',
};
/** Tables of numbers with names, kept whole. */
const tables = ['src/kernel/errno.ts', 'src/kernel/process-calls.ts', 'src/executors/messages.ts'];
/** Bases that users of the package derive from. */
const basesForUsers = [
  'BaseSelector',
  'Protocol',
  'BufferedProtocol',
  'DatagramProtocol',
  'SubprocessProtocol',
  'Executor',
];

describe('nothing is dead', () => {
  test('every file of src/ is imported by another, or is a public face', () => {
    const imported = new Set(uses.map(({ path }) => path));
    expect(
      source.filter((path) => !faces.includes(path) && !commands.includes(path) && !imported.has(path)),
    ).toEqual([]);
  });

  test('every export is used in another file, or is a type that its own file speaks of', () => {
    const used = new Set(uses.map(({ path, name }) => `${path}#${name}`));
    const dead = source
      .filter((path) => !faces.includes(path) && !tables.includes(path) && !used.has(`${path}#*`))
      .flatMap((path) => exportsOf(path).map((name) => ({ path, name })))
      .filter(({ path, name }) => !used.has(`${path}#${name}`) && !isTypeInUse(path, name))
      .map(({ path, name }) => `${path}#${name}`)
      .filter((name) => forTests[name] === undefined);
    expect(dead, 'delete it, do not export it, or say in forTests why a test needs it').toEqual([]);
  });

  test('what is exported for tests is named by one, and by nothing else', () => {
    const used = new Set(uses.map(({ path, name }) => `${path}#${name}`));
    const named = new RegExp(
      `\\b(${Object.keys(forTests)
        .map((name) => name.split('#')[1])
        .join('|')})\\b`,
    );
    const tests = filesIn('test', '.ts', '.mjs').filter((path) => named.test(readText(path)));
    const tested = new Set(tests.flatMap(usesIn).map(({ path, name }) => `${path}#${name}`));
    expect(Object.keys(forTests).filter((name) => used.has(name) || !tested.has(name))).toEqual([]);
  });

  test('an abstract class has two subclasses: with one it is half of a class', () => {
    const nodes = source.flatMap((path) => descendants(syntaxOf(path)));
    const parents = nodes.map((node) => node.superClass).filter(isNode);
    const lonely = nodes
      .filter((node) => node.type === 'ClassDeclaration' && node.abstract === true)
      .map((node) => nameOf(node.id))
      .filter((name) => !basesForUsers.includes(name))
      .filter((name) => parents.filter((parent) => nameOf(parent) === name).length < 2);
    expect(lonely).toEqual([]);
  });
});

function nameOf(node: unknown): string {
  if (!isNode(node)) return '';
  return typeof node.name === 'string' ? node.name : (stringValue(node) ?? '');
}

/** The names that a file uses of others: by import, by re-export, by an import type. */
function usesIn(from: string): Use[] {
  return descendants(syntaxOf(from)).flatMap((node): Use[] => {
    const specifier = stringValue(node.type === 'TSImportType' ? literalOf(node.argument) : node.source);
    if (specifier === undefined || !specifier.startsWith('.')) return [];
    const path = resolveReference(from, specifier);
    const specifiers = node.specifiers as readonly SyntaxNode[] | undefined;
    if (specifiers === undefined) return [{ path, name: '*' }];
    return specifiers
      .map((each) => ({ path, name: nameOf(each.imported ?? each.local) || '*' }))
      .map((use, index) =>
        specifiers[index]?.type === 'ImportNamespaceSpecifier' ? { path, name: '*' } : use,
      );
  });
}

function literalOf(node: unknown): unknown {
  return isNode(node) && node.type === 'TSLiteralType' ? node.literal : node;
}

/**
 * A type that stands in what its file gives out is named there, as a type, once more than where it is
 * declared.
 */
function isTypeInUse(path: string, name: string): boolean {
  return descendants(syntaxOf(path)).some(
    (node) =>
      (node.type === 'TSTypeReference' && nameOf(node.typeName) === name) ||
      (node.type === 'TSExpressionWithTypeArguments' && nameOf(node.expression) === name) ||
      (node.type === 'TSInterfaceHeritage' && nameOf(node.expression) === name) ||
      (node.type === 'TSClassImplements' && nameOf(node.expression) === name),
  );
}

/** The names that a file declares and exports. */
function exportsOf(path: string): string[] {
  return (syntaxOf(path).body as readonly SyntaxNode[]).flatMap((statement) => {
    if (statement.type !== 'ExportNamedDeclaration' || stringValue(statement.source) !== undefined) return [];
    const { declaration } = statement;
    if (!isNode(declaration)) {
      return (statement.specifiers as readonly SyntaxNode[]).map((each) => nameOf(each.exported));
    }
    if (declaration.type === 'VariableDeclaration') {
      return (declaration.declarations as readonly SyntaxNode[]).map((each) => nameOf(each.id));
    }
    return [nameOf(declaration.id)];
  });
}
