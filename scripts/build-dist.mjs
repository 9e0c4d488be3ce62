/**
 * Builds dist/ from src/: the compiler checks and writes the declarations, the bundler writes the code, in
 * few files (docs/decisions/0014). Both write to a folder beside dist/, which then takes its place: no file
 * of a deleted source stays behind, a failed build leaves the last good dist/ alone, and a program that is
 * running from dist/ never sees half of it.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, 'dist');
const PREFIX = 'build-dist.';

/**
 * Files of code that several entries share, by the rooms of src/ in them, lowest floor first: a file takes
 * along what it imports, unless an earlier one has it. What one entry alone needs is in that entry's file: so
 * importing `selectloop` does not evaluate the constants of `selectloop/socket`, for which the addon must be
 * loaded.
 */
const SHARED_FILES = [
  { name: 'system', test: /\/src\/(?:base|kernel|coroutines|selectors)\//, minShareCount: 2 },
  { name: 'sockets', test: /\/src\/(?:addresses|names|sockets)\//, minShareCount: 2 },
  // The command draws what the library captures.
  { name: 'inspection', test: /\/src\/(?:debug|inspection)\//, minShareCount: 2 },
];

/** Builds and swaps. Resolves to an exit code; the messages of compiler and bundler go to stderr. */
export async function buildDist() {
  sweepLeftovers();
  // A name of its own: a compiler whose parent was killed goes on writing, and must not write here.
  const fresh = join(root, `${PREFIX}${process.pid}.new`);
  try {
    const exitCode = await writeDeclarations(fresh);
    if (exitCode !== 0) return exitCode;
    await bundle(fresh);
    replaceDist(fresh);
    return 0;
  } catch (error) {
    console.error(error.message);
    return 1;
  } finally {
    remove(fresh);
  }
}

async function writeDeclarations(folder) {
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const args = [tsc, '-p', 'tsconfig.declarations.json', '--outDir', folder];
  const [exitCode] = await once(
    spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 2, 2] }),
    'exit',
  );
  if (exitCode === 0) forgetImplementing(folder);
  return exitCode ?? 1;
}

/**
 * Takes `implements …` out of the declarations. Members marked `@internal` are not in them (`stripInternal`),
 * and a class whose interface has such members would be an error there. The clause adds nothing to a class's
 * type: the compiler has checked it.
 */
function forgetImplementing(folder) {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.d.ts'),
  );
  for (const name of files) {
    const path = join(folder, name);
    const text = readFileSync(path, 'utf8');
    const shorter = text.replaceAll(
      /^(export (?:declare )?(?:abstract )?class [^{\n]*?) implements [^{\n]*(?= \{)/gm,
      '$1',
    );
    if (shorter !== text) writeFileSync(path, shorter);
  }
}

async function bundle(folder) {
  // Not at the top: scripts/setup.mjs imports this file before there are dependencies.
  const { rolldown } = await import('rolldown');
  const bundler = await rolldown({
    cwd: root,
    input: {
      ...Object.fromEntries(entryNames().map((name) => [name, join(root, 'src', `${name}.ts`)])),
      ...commands(),
    },
    external: [/^node:/, '@opentelemetry/api'],
    platform: 'node',
    tsconfig: join(root, 'tsconfig.json'),
    // What Node 20 understands, as in tsconfig.json: `using` is written out.
    transform: { target: 'es2023' },
    // States and bits are numbers with names: as variables of the file, V8 would load and count each mention
    // of them.
    optimization: { inlineConst: { mode: 'all', pass: 2 } },
    onLog: refuse,
  });
  try {
    const { output } = await bundler.write({
      dir: folder,
      format: 'esm',
      sourcemap: true,
      // src/ is published too.
      sourcemapExcludeSources: true,
      entryFileNames: '[name].js',
      chunkFileNames: '[name].js',
      codeSplitting: { groups: SHARED_FILES },
      minify: false,
      minifyInternalExports: false,
      // The declarations have the docstrings; bundlers of others need the annotations.
      comments: { annotation: true, jsdoc: false, legal: false },
    });
    refuseUnnamed(output.flatMap(({ moduleIds = [] }) => moduleIds));
  } finally {
    await bundler.close();
  }
}

/** What the bundler has to remark, such as a cycle or a name that is not exported, is an error. */
function refuse(level, log) {
  if (level === 'warn') throw new Error(`bundling: ${log.message}`);
}

/** Code of others in dist/, such as a helper of the bundler's, has a licence: THIRD-PARTY.md names it. */
function refuseUnnamed(moduleIds) {
  const known = readFileSync(join(root, 'THIRD-PARTY.md'), 'utf8');
  const others = moduleIds
    .filter((id) => !id.startsWith(join(root, 'src')))
    // \0@scope+name@1.2.3/file, or \0name/file, or a path.
    .map((id) => id.replace(/^(?:\0|.*\/node_modules\/)/, '').replace('+', '/'))
    .map((id) => /^(?:@[^/]+\/)?[^/@]+/.exec(id)[0]);
  const unnamed = [...new Set(others)].filter((name) => !known.includes(name));
  if (unnamed.length > 0)
    throw new Error(`THIRD-PARTY.md does not name what dist/ has of ${unnamed.join(', ')}`);
}

/** `index` for `./dist/index.js`, and so on. */
function entryNames() {
  const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  return Object.values(exports).flatMap((entry) =>
    entry.default === undefined ? [] : [basename(entry.default, '.js')],
  );
}

/** The programs of "bin" in package.json, whose sources are in src/command/. */
function commands() {
  const { bin } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  return Object.fromEntries(
    Object.keys(bin).map((name) => [name, join(root, 'src', 'command', `${name}.ts`)]),
  );
}

function replaceDist(fresh) {
  const old = join(root, `${PREFIX}${process.pid}.old`);
  if (existsSync(dist)) renameSync(dist, old);
  renameSync(fresh, dist);
  remove(old);
}

/** Removes what builds that were killed have left; a minute is more than any build takes. */
function sweepLeftovers() {
  const leftovers = readdirSync(root)
    .filter((name) => name.startsWith(PREFIX))
    .map((name) => join(root, name))
    .filter((path) => Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0) > 60_000);
  for (const path of leftovers) remove(path);
}

function remove(path) {
  rmSync(path, { recursive: true, force: true });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = await buildDist();
