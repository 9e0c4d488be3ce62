/**
 * Compiles `src/` into one script for the programs that tests start, with V8's code beside it: each of the
 * four hundred would parse its 800 KB, which takes as long as a start of Node. Node 20 caches the code of
 * scripts alone (`vm.Script`), so the modules that programs import pass on what the script has.
 *
 * | file in the run's folder | is                                                                   |
 * |--------------------------|----------------------------------------------------------------------|
 * | `library/selectloop.cjs` | all of `src/` but what needs OpenTelemetry                            |
 * | `library/code`           | V8's code of it, as far as a warm-up has called it                   |
 * | `library/load.js`        | runs the script; compiles it where V8 does not take that code        |
 * | `src/….js`               | what programs import: the names of `src/….ts`, out of the script     |
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type Plugin, rolldown } from 'rolldown';

const root = fileURLToPath(new URL('../../', import.meta.url));
const sources = join(root, 'src');

/** The module of all modules. */
const ALL = 'all-of-src';

/**
 * Whether a module of `src/`, by its name there, is in the script: not what needs OpenTelemetry, or is a
 * program.
 */
export function isInLibrary(name: string): boolean {
  return !/^(?:open)?telemetry|^command\/selectloop$/.test(name);
}

/**
 * Builds it.
 * @param exportsOf the names of the modules, `base/errors` for `src/base/errors.ts`, and what each exports
 */
export async function buildLibrary(
  folder: string,
  exportsOf: ReadonlyMap<string, readonly string[]>,
): Promise<void> {
  const names = [...exportsOf.keys()].filter(isInLibrary);
  const bundler = await rolldown({
    cwd: root,
    input: { selectloop: ALL },
    external: /^(?!@oxc-project\/|all-of-src)[@a-z]/,
    platform: 'node',
    tsconfig: join(root, 'tsconfig.json'),
    transform: { target: 'es2023' },
    treeshake: false,
    plugins: [everything(names)],
  });
  const library = join(folder, 'library');
  mkdirSync(library, { recursive: true });
  try {
    const { output } = await bundler.generate({ format: 'cjs', comments: false });
    writeFileSync(join(library, 'selectloop.cjs'), ascii(output[0].code));
  } finally {
    await bundler.close();
  }
  writeFileSync(join(library, 'load.js'), LOADER);
  writeFileSync(join(library, 'warm-up.js'), WARM_UP);
  for (const name of names) writeModule(folder, name, exportsOf.get(name) ?? []);
  execFileSync(process.execPath, [join(library, 'warm-up.js')], { stdio: 'inherit' });
}

/** The module of all modules; and each has the URL of its source, near which it looks for files. */
function everything(names: readonly string[]): Plugin {
  return {
    name: 'everything',
    resolveId: (source) => (source === ALL ? source : null),
    load: (id) =>
      id === ALL
        ? names
            .map((name) => `export * as "${name}" from ${JSON.stringify(join(sources, `${name}.ts`))};`)
            .join('\n')
        : null,
    transform: (code, id) => withUrl(code, id),
  };
}

/**
 * Code with the URL of a file in place of `import.meta.url`; null without that. Only the ends of a few lines
 * move: the source map stays as it is.
 */
export function withUrl(code: string, path: string): { code: string; map: null } | null {
  if (!code.includes('import.meta.url')) return null;
  return { code: code.replaceAll('import.meta.url', JSON.stringify(pathToFileURL(path).href)), map: null };
}

/** What is beyond ASCII stands in strings alone. Without any, the engine keeps one byte for a character. */
function ascii(code: string): string {
  return code.replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function writeModule(folder: string, name: string, exported: readonly string[]): void {
  const path = join(folder, 'src', `${name}.js`);
  mkdirSync(dirname(path), { recursive: true });
  const loader = relative(dirname(path), join(folder, 'library', 'load.js'));
  writeFileSync(
    path,
    `import { library } from './${loader}';\nexport const { ${exported.join(', ')} } = library['${name}'];\n`,
  );
}

/**
 * The script goes by a name in `src/`: where its lines stand in stack traces, they are the package's own, as
 * they are for users.
 */
const LOADER = `
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { constants, Script } from 'node:vm';

const code = new URL('code', import.meta.url);
const text = readFileSync(new URL('selectloop.cjs', import.meta.url), 'latin1');
export const script = new Script('(function (exports, require) {' + text + '\\n})', {
  filename: ${JSON.stringify(join(sources, 'selectloop.js'))},
  cachedData: existsSync(code) ? readFileSync(code) : undefined,
  importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
});
export const library = {};
script.runInThisContext()(library, createRequire(import.meta.url));
`;

const WARM_UP = `
import { writeFileSync } from 'node:fs';
import { library, script } from './load.js';

const { run, gather, sleep, openConnection, startServer, createTask } = library.index;
run(function* () {
  const server = yield* startServer(function* (reader, writer) {
    writer.write(yield* reader.readLine());
    yield* writer.drain();
    writer.close();
  }, '127.0.0.1', 0);
  const [reader, writer] = yield* openConnection('127.0.0.1', server.port);
  writer.write(Buffer.from('line\\n'));
  yield* gather([createTask(reader.readLine()), sleep(1)]);
  writer.close();
  server.close();
});
writeFileSync(new URL('code', import.meta.url), script.createCachedData());
`;
