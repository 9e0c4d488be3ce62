/**
 * Builds the programs that tests start, once for each run of the suite (vitest's `globalSetup`): starting
 * TypeScript costs a process two seconds of processor time, plain JavaScript a tenth of that.
 *
 * The modules of `src/` are compiled one by one, too: `build-modules.ts`.
 *
 * What is built: every example, every program in the documentation, and every file in a folder called
 * `programs`. The result has the shape of the checkout, `<run's folder>/examples/echo/server.js` for
 * `examples/echo/server.ts`; what they import of `src/` is built by `build-library.ts`. It is made of the
 * sources as they are now, so it cannot be stale. `builtProgram()` finds it.
 */
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type Plugin, rolldown } from 'rolldown';
import type { TestProject } from 'vitest/node';
import { buildLibrary, isInLibrary, withUrl } from './build-library.ts';
import { buildModules } from './build-modules.ts';
import { BUILT_PACKAGE } from './built-program.ts';
import { writeDocSamples } from './doc-samples.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
/** Runs may overlap: each has a folder of its own here, named by the process that runs the tests. */
const parent = join(root, 'build-programs');

/**
 * Builds, and again before each run in watch mode. vitest calls what this returns when all tests are over.
 */
export default async function setup(project: TestProject): Promise<() => void> {
  sweep();
  const folder = join(parent, String(process.pid));
  await build(folder);
  // Inherited by the processes of the tests, and by the programs that they start in turn.
  process.env.SELECTLOOP_TEST_PROGRAMS = folder;
  // Node parses the certificates that this names at every start. Those of a system, over a hundred, take more
  // than half of a start's processor time, and no test needs them.
  delete process.env.NODE_EXTRA_CA_CERTS;
  project.onTestsRerun(() => build(folder));
  return () => rmSync(folder, { recursive: true, force: true });
}

/** The source files to build, as paths in the checkout without their ending. */
function programs(): string[] {
  const below = (folder: string): string[] =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) => `${folder}/${name}`);
  return [
    ...below('examples'),
    ...below('test').filter((path) => /\/programs\/[^/]+$/.test(path)),
    ...readdirSync(join(root, 'src'))
      .filter((name) => !isInLibrary(name))
      .map((name) => `src/${name}`),
    ...writeDocSamples(),
  ]
    .filter((path) => path.endsWith('.ts'))
    .map((path) => path.slice(0, -'.ts'.length));
}

/** What programs read from beside themselves. */
function pages(): string[] {
  return readdirSync(join(root, 'examples'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.html'))
    .map((name) => `examples/${name}`);
}

async function build(folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  await buildLibrary(folder, await buildModules(folder));
  const names = programs();
  const bundler = await rolldown({
    cwd: root,
    input: Object.fromEntries(names.map((name) => [name, join(root, `${name}.ts`)])),
    // Packages stay outside, but ours, whose name is src/ (tsconfig.json, "paths"), and the bundler's.
    external: /^(?!selectloop(?:\/|$)|@oxc-project\/)[@a-z]/,
    platform: 'node',
    tsconfig: join(root, 'tsconfig.json'),
    transform: { target: 'es2023' },
    plugins: [librarysModules(folder), ownUrls(names, folder)],
    onLog: (level, log) => {
      if (level === 'warn') throw new Error(`building the tests' programs: ${log.message}`);
    },
  });
  try {
    for (const page of pages()) cpSync(join(root, page), join(folder, page));
    const paths = { selectloop: ['./src/index.js'], 'selectloop/*': ['./src/*.js'] };
    writeFileSync(join(folder, BUILT_PACKAGE), JSON.stringify({ compilerOptions: { paths } }));
    await bundler.write({
      dir: folder,
      format: 'esm',
      sourcemap: true,
      sourcemapExcludeSources: true,
      entryFileNames: '[name].js',
      chunkFileNames: 'chunks/[name].js',
      minify: false,
      comments: false,
    });
  } finally {
    await bundler.close();
  }
}

/** What programs import of `src/` is in the library, built by itself. */
function librarysModules(folder: string): Plugin {
  return {
    name: 'librarys-modules',
    async resolveId(source, importer) {
      const resolved = await this.resolve(source, importer, { skipSelf: true });
      const name = /^(?!\.\.)(.*)\.ts$/.exec(relative(join(root, 'src'), resolved?.id ?? ''))?.[1];
      if (name === undefined || !isInLibrary(name)) return null;
      return { id: pathToFileURL(join(folder, 'src', `${name}.js`)).href, external: true };
    },
  };
}

/**
 * Gives every module the URL that it means by `import.meta.url`, wherever its code ends up: a program that of
 * its built file, which Node has in `process.argv[1]`; everything else that of its source, near which it
 * looks for files. So src/base/package-files.ts finds the addon of the checkout.
 */
function ownUrls(names: readonly string[], folder: string): Plugin {
  const builtFiles = new Map(
    names
      .filter((name) => !name.startsWith('src/'))
      .map((name) => [join(root, `${name}.ts`), join(folder, `${name}.js`)]),
  );
  return {
    name: 'own-urls',
    transform(code, id) {
      const own = builtFiles.get(id);
      // A module that a program names by its URL, for its workers, is built beside it.
      const named = own === undefined ? code : code.replace(/(new URL\('\.[^']*)\.ts(', import)/g, '$1.js$2');
      return withUrl(named, own ?? id);
    },
  };
}

/** Removes what runs have left that were killed. */
function sweep(): void {
  if (!existsSync(parent)) return;
  for (const name of readdirSync(parent)) {
    if (!isRunning(Number(basename(name)))) rmSync(join(parent, name), { recursive: true, force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
