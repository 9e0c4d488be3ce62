/** The floors are the law: imports go down only, and rooms of one floor do not know each other. */
import { describe, expect, test } from 'vitest';
import {
  descendants,
  filesIn,
  referencesOf,
  resolveReference,
  statementsOf,
  stringValue,
  syntaxOf,
} from './tree.ts';

/** The rooms of src/, lowest floor first. docs/design.md says what each is for. */
const floors: readonly (readonly string[])[] = [
  ['base'],
  ['kernel', 'coroutines'],
  ['addresses', 'selectors', 'tls'],
  ['names'],
  ['sockets'],
  ['loop'],
  ['drivers'],
  ['futures', 'cancellation'],
  ['tasks'],
  ['groups', 'sync'],
  ['resolvers', 'signals', 'sharing'],
  ['verbs'],
  ['transports'],
  ['streams'],
  ['bridges'],
  ['subprocess'],
  ['executors'],
  // Below runtime: run() tells of deadlocks, with a graph.
  ['debug'],
  ['runtime'],
  // What other tools are told of a loop.
  ['telemetry'],
  // Loops on threads start with run().
  ['threads'],
  ['testing'],
  ['inspection'],
  // The command `selectloop`, which looks at programs from outside.
  ['command'],
  ['(public faces)'],
];

/** The public faces, one for each entry of "exports" in package.json. */
const faces = ['index.ts', 'selectors.ts', 'socket.ts', 'lowlevel.ts', 'opentelemetry.ts', 'testing.ts'].map(
  (name) => `src/${name}`,
);

interface Edge {
  readonly from: string;
  readonly to: string;
  readonly line: number;
}

const files = filesIn('src', '.ts');
const edges: readonly Edge[] = files.flatMap((from) =>
  referencesOf(from)
    .filter(({ specifier }) => specifier.startsWith('.'))
    .map(({ specifier, line }) => ({ from, to: resolveReference(from, specifier), line })),
);

function roomOf(path: string): string {
  const parts = path.split('/');
  return parts.length > 2 ? (parts[1] ?? '') : '(public faces)';
}

function floorOf(path: string): number {
  return floors.findIndex((rooms) => rooms.includes(roomOf(path)));
}

describe('rooms', () => {
  test('every folder of src/ has its floor', () => {
    const unknown = new Set(files.filter((path) => floorOf(path) < 0).map(roomOf));
    expect([...unknown], 'rooms that are not in the table of floors').toEqual([]);
  });

  test('a room imports lower floors and itself only, types included', () => {
    const wrong = edges
      .filter(({ to }) => to.startsWith('src/'))
      .filter(({ from, to }) => isFace(from) || roomOf(from) !== roomOf(to))
      .filter(({ from, to }) => floorOf(to) >= floorOf(from))
      .map(
        ({ from, to, line }) =>
          `${from}:${line} imports ${to}: ${roomOf(from)} is on floor ${floorOf(from)}, ${roomOf(to)} on floor ${floorOf(to)}`,
      );
    expect(wrong).toEqual([]);
  });

  test('src/ imports nothing of ours from outside src/', () => {
    const outside = edges
      .filter(({ to }) => !to.startsWith('src/'))
      .map(({ from, to, line }) => `${from}:${line} reaches ${to}`);
    const byName = files.flatMap((from) =>
      referencesOf(from)
        .filter(({ specifier }) => /^selectloop(\/|$)/.test(specifier))
        .map(({ specifier, line }) => `${from}:${line} imports '${specifier}': import the file itself`),
    );
    expect([...outside, ...byName]).toEqual([]);
  });

  test('relative imports name a file that exists, with its .ts ending', () => {
    const known = new Set(files);
    const wrong = edges
      .filter(({ to }) => to.startsWith('src/') && !known.has(to))
      .map(({ from, to, line }) => `${from}:${line} imports ${to}, which is no file`);
    expect(wrong).toEqual([]);
  });

  test('no cycles', () => {
    expect(findCycles(edges)).toEqual([]);
  });

  test('only src/kernel/addon.ts loads the addon, from where addon-places.ts finds it', () => {
    const those = ['src/kernel/addon.ts', 'src/kernel/addon-places.ts'];
    const loaders = files.filter((path) => !those.includes(path) && mentionsNativeModule(path));
    expect(loaders, 'files that load a native module').toEqual([]);
  });
});

describe('public faces', () => {
  test('files at the top of src/ are the faces, and each is an entry of the package', () => {
    const strangers = files.filter((path) => roomOf(path) === '(public faces)' && !isFace(path));
    expect(strangers, 'files at the top of src/ that are no public face').toEqual([]);
  });

  test('a face re-exports and does nothing else', () => {
    const wrong = faces
      .filter((path) => files.includes(path))
      .flatMap((path) =>
        statementsOf(path)
          .filter((statement) => stringValue(statement.source) === undefined || !isExport(statement.type))
          .map((statement) => `${path}:${statement.loc.start.line} is not a re-export`),
      );
    expect(wrong).toEqual([]);
  });

  test('no barrels: elsewhere a file that only re-exports hides where things are', () => {
    const barrels = files
      .filter((path) => !isFace(path))
      .filter((path) =>
        statementsOf(path).every(
          (statement) => isExport(statement.type) && stringValue(statement.source) !== undefined,
        ),
      );
    expect(barrels).toEqual([]);
  });
});

function isFace(path: string): boolean {
  return faces.includes(path);
}

function isExport(type: string): boolean {
  return type === 'ExportNamedDeclaration' || type === 'ExportAllDeclaration';
}

function mentionsNativeModule(path: string): boolean {
  for (const node of descendants(syntaxOf(path))) {
    if (stringValue(node)?.endsWith('.node')) return true;
    if (node.type === 'Identifier' && (node.name === 'dlopen' || node.name === 'createRequire')) return true;
  }
  return false;
}

/** Each cycle once, as `a → b → a`, starting at its first file in alphabetical order. */
function findCycles(graph: readonly Edge[]): string[] {
  const next = new Map<string, string[]>();
  for (const { from, to } of graph) next.set(from, [...(next.get(from) ?? []), to]);
  const cycles = new Set<string>();
  const finished = new Set<string>();
  const visit = (file: string, path: readonly string[]): void => {
    const start = path.indexOf(file);
    if (start >= 0) cycles.add(canonical(path.slice(start)));
    if (start >= 0 || finished.has(file)) return;
    for (const to of next.get(file) ?? []) visit(to, [...path, file]);
    finished.add(file);
  };
  for (const file of next.keys()) visit(file, []);
  return [...cycles].toSorted();
}

function canonical(cycle: readonly string[]): string {
  const first = cycle.indexOf([...cycle].toSorted()[0] ?? '');
  const turned = [...cycle.slice(first), ...cycle.slice(0, first)];
  return [...turned, turned[0]].join(' → ');
}
