/**
 * Are the types good as users get them? Compiles a strict user of the installed package without skipping our
 * declarations: with each TypeScript that we name, with the options that users differ in, a library of theirs
 * that passes our types on, and wrong uses, whose errors must say what is wrong.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { unnamedTypes, usesOf } from './check-named-types.mjs';

/** The oldest TypeScript that the declarations are for, and one between it and ours. */
const OTHER_COMPILERS = ['5.7.3', '5.9.3'];

/** Looks at the package as each kind of module resolution does. */
const ATTW = '@arethetypeswrong/cli@0.18.5';

const compilerOptions = {
  target: 'es2023',
  lib: ['es2023', 'esnext.disposable'],
  module: 'nodenext',
  types: ['node'],
  strict: true,
  exactOptionalPropertyTypes: true,
  declaration: true,
  noEmit: true,
  skipLibCheck: false,
};

/** Users that differ from the one above: TypeScript 7's own default library, and one that names no types. */
const otherUsers = {
  'with lib esnext': { ...compilerOptions, target: 'esnext', lib: ['esnext'] },
  'without types': { ...compilerOptions, types: [] },
  'of a bundler': { ...compilerOptions, module: 'preserve', moduleResolution: 'bundler' },
};

const typedUser = (entries) => `
${entries.map((entry, i) => `export * as entry${i} from '${entry}';`).join('\n')}
import { type Coroutine, createTask, gather, openConnection, run, sleep, taskGroup } from 'selectloop';
function* main(): Coroutine<number> {
  yield* sleep(5);
  return 42;
}
export const answer: number = run(main());
export const answers: number[] = run(() => gather([main(), main()]));
// A leaf operation is a coroutine in every version of the library; and what is not annotated can be declared.
run(sleep(1));
export function* unannotated() {
  yield* createTask(sleep(1));
  const [reader, writer] = yield* openConnection('127.0.0.1', 1, { limit: 100 });
  const line: Buffer = yield* reader.readLine();
  yield* taskGroup(function* (group) {
    yield* group.createTask(main, { name: 'main', daemon: true });
    writer.close();
  });
  // @ts-expect-error Where the types of Node are not found, a Buffer would be any.
  return line.nonsense;
}
export function* everything() {
  const task = createTask(unannotated);
  return { task, result: yield* task, both: gather([main(), sleep(1, 'x')]) };
}
`;

/** What uses the declarations that are made of the user above. */
const userOfUser = `
import { answer, everything, unannotated } from './out/typed-user.js';
import { run } from 'selectloop';
export const number: number = answer;
export const done: Promise<unknown> | number = run(unannotated());
export const [first, text]: [number, string] = run(function* () {
  const { both } = yield* everything();
  return yield* both;
});
`;

/** Wrong uses, each on a line of its own, and what the compiler says of it. */
const WRONG_USES = [
  ['yield sleep(1);', 'yield needs its star: write yield*'],
  ['yield createTask(main);', 'yield needs its star: write yield*'],
  ['yield later();', 'yield needs its star: write yield*'],
  ['run(later);', "is not assignable to parameter of type 'Coroutine<unknown> | (() => Awaitable<unknown>)'"],
  ['run(later());', "'Promise<number>' is not assignable to parameter of type 'Coroutine<unknown> |"],
  [
    'createTask(later);',
    "is not assignable to parameter of type 'Coroutine<unknown> | (() => Coroutine<unknown>)'",
  ],
  ['createTask(later());', "'Promise<number>' is not assignable to parameter of type 'Coroutine<unknown> |"],
  ['yield* later();', "Type 'Promise<number>' must have a '[Symbol.iterator]()' method"],
  ['yield* main;', "must have a '[Symbol.iterator]()' method"],
  ["yield* openConnection(80, 'localhost');", 'Argument of type \'[80, "localhost"]\' is not assignable'],
];

/** An error of wrong use has at most so many lines. */
const LINES_OF_AN_ERROR = 4;

const wrongUser = `
import { type Coroutine, createTask, openConnection, run, sleep } from 'selectloop';
async function later(): Promise<number> { return 1; }
function* main(): Coroutine<number> { yield* sleep(1); return 1; }
export function* wrong(): Coroutine<void> {
${WRONG_USES.map(([use]) => use).join('\n')}
}
`;

export function writeJson(folder, name, value) {
  writeFileSync(join(folder, name), JSON.stringify(value, undefined, 2));
}

/** @param options `folder`: where the package is installed; `mustRun`: runs a command or throws */
export async function checkTypes({ root, folder, tarball, entries, mustRun }) {
  const tsc = join(root, 'node_modules', '.bin', 'tsc');
  const project = (compiler, include) =>
    writeJson(folder, 'tsconfig.json', { compilerOptions: compiler, include });
  writeFileSync(join(folder, 'typed-user.ts'), typedUser(entries));
  writeFileSync(join(folder, 'user-of-user.ts'), userOfUser);
  writeFileSync(join(folder, 'wrong-user.ts'), wrongUser);
  for (const name of ['@types', 'undici-types']) {
    symlinkSync(join(root, 'node_modules', name), join(folder, 'node_modules', name));
  }

  project(compilerOptions, ['typed-user.ts']);
  mustRun('a typed user', tsc, ['-p', '.'], folder);
  for (const [which, options] of Object.entries(otherUsers)) {
    project(options, ['typed-user.ts']);
    mustRun(`a typed user ${which}`, tsc, ['-p', '.'], folder);
  }
  const emitted = { ...compilerOptions, noEmit: false, emitDeclarationOnly: true, outDir: 'out' };
  project(emitted, ['typed-user.ts']);
  mustRun('the declarations of a typed user', tsc, ['-p', '.'], folder);
  project(compilerOptions, ['user-of-user.ts']);
  mustRun('a user of those', tsc, ['-p', '.'], folder);
  project(compilerOptions, ['wrong-user.ts']);
  checkWrongUses(tsc, folder);

  await checkNamedTypes(tsc, folder, entries);

  const tools = mkdtempSync(join(folder, 'tools-'));
  writeJson(tools, 'package.json', { private: true });
  const install = ['install', '--no-audit', '--no-fund', '--ignore-scripts'];
  const compilers = OTHER_COMPILERS.map((version) => `typescript-${version}@npm:typescript@${version}`);
  mustRun('npm install of other compilers, and of attw', 'npm', [...install, ...compilers, ATTW], tools);
  project(compilerOptions, ['typed-user.ts']);
  for (const version of OTHER_COMPILERS) {
    const compiler = join(tools, 'node_modules', `typescript-${version}`, 'bin', 'tsc');
    mustRun(`a typed user of TypeScript ${version}`, process.execPath, [compiler, '-p', '.'], folder);
  }
  // There is nothing for require(): Node that is old enough to lack require(esm) is too old for us.
  mustRun('attw', join(tools, 'node_modules', '.bin', 'attw'), [tarball, '--profile', 'esm-only'], folder);
}

async function checkNamedTypes(tsc, folder, entries) {
  console.log('check-package: types that users can name');
  const files = [];
  for (const [i, entry] of entries.entries()) {
    files.push(`uses-${i}.ts`);
    writeFileSync(join(folder, `uses-${i}.ts`), await usesOf(folder, entry));
  }
  writeJson(folder, 'tsconfig.json', { compilerOptions, include: files });
  const unnamed = unnamedTypes(tsc, folder);
  if (unnamed.length > 0) throw new Error(`check-package: not exported:\n${unnamed.join('\n')}`);
}

/** Each wrong use is refused, briefly, and in the words that help. */
function checkWrongUses(tsc, folder) {
  console.log('check-package: errors of wrong use');
  const { stdout } = spawnSync(tsc, ['-p', '.', '--pretty', 'false'], { cwd: folder, encoding: 'utf8' });
  const firstLine = wrongUser.split('\n').indexOf(WRONG_USES[0][0]) + 1;
  const errors = stdout.split(/^(?=\S+\.ts\()/m);
  for (const [i, [use, words]] of WRONG_USES.entries()) {
    const error = errors.find((text) => text.startsWith(`wrong-user.ts(${firstLine + i},`)) ?? 'no error';
    const isShort = error.trimEnd().split('\n').length <= LINES_OF_AN_ERROR;
    if (error.includes(words) && isShort) continue;
    throw new Error(`check-package: ${use} should say in ${LINES_OF_AN_ERROR} lines: ${words}\n${error}`);
  }
}
