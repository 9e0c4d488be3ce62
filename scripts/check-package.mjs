/**
 * Is the package good as users get it? Packs it, lints the tarball, installs it into an empty folder, runs
 * programs that import every entry, and compiles TypeScript users of it: see check-types.mjs.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkTypes, writeJson } from './check-types.mjs';
import { startRegistryProcess } from './local-registry.mjs';
import { packRelease, releaseFolder, runningSystem } from './release-pack.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const entries = Object.keys(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).exports)
  .filter((entry) => !entry.endsWith('.json'))
  .map((entry) => `selectloop${entry.slice(1)}`);

const program = `
${entries.map((entry, i) => `import * as entry${i} from '${entry}';`).join('\n')}
import { run, sleep } from 'selectloop';
const entries = [${entries.map((_, i) => `entry${i}`).join(', ')}];
if (entries.some((names) => Object.keys(names).length === 0)) throw new Error('an entry exports nothing');
function* main() {
  yield* sleep(5);
  return 42;
}
if (run(main()) !== 42) throw new Error('run() did not return what main returned');
console.log('imported ${entries.join(', ')}, and ran a loop');
`;

/** Optional for users; `selectloop/opentelemetry` needs it. */
const PEER = `@opentelemetry/api@${JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).devDependencies['@opentelemetry/api']}`;

function mustRun(what, command, args, cwd, env = process.env) {
  console.log(`check-package: ${what}`);
  const { status, error } = spawnSync(command, args, { cwd, env, stdio: ['ignore', 'inherit', 'inherit'] });
  if (error) throw error;
  if (status !== 0) throw new Error(`check-package: ${what} failed with exit code ${status}`);
}

async function checkIn(folder) {
  const bin = (name) => join(root, 'node_modules', '.bin', name);
  mustRun('npm pack', 'npm', ['pack', '--pack-destination', folder], root);
  const { name, version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const tarball = join(folder, `${name}-${version}.tgz`);
  mustRun('publint', bin('publint'), ['run', tarball, '--strict'], root);

  writeJson(folder, 'package.json', { name: 'user', private: true, type: 'module' });
  mustRun('npm install', 'npm', ['install', '--no-audit', '--no-fund', tarball, PEER], folder);
  writeFileSync(join(folder, 'program.mjs'), program);
  mustRun('a program', process.execPath, ['program.mjs'], folder);
  cpSync(join(root, 'scripts', 'package-users'), folder, { recursive: true });
  mustRun('state across entries', process.execPath, ['shared-state.mjs'], folder);
  mustRun('stack traces', process.execPath, ['--enable-source-maps', 'stack-trace.mjs'], folder);

  await checkTypes({ root, folder, tarball, entries, mustRun });
}

/**
 * What a release consists of, with the addon that was built here, from a registry and without any install
 * script.
 */
async function checkReleaseIn(folder) {
  packRelease({ [runningSystem()]: join(root, 'build', 'Release', 'selectloop.node') });
  const registry = await startRegistryProcess(releaseFolder);
  try {
    writeJson(folder, 'package.json', { name: 'user', private: true, type: 'module' });
    const env = {
      ...process.env,
      npm_config_registry: registry.url,
      npm_config_cache: join(folder, 'cache'),
    };
    const install = ['install', '--ignore-scripts', '--no-audit', '--no-fund', 'selectloop'];
    mustRun('npm install from a registry, scripts off', 'npm', install, folder, env);
    cpSync(join(root, 'scripts', 'install-users'), folder, { recursive: true });
    for (const name of ['hello.mjs', 'tcp.mjs']) mustRun(name, process.execPath, [name], folder);
  } finally {
    registry.close();
  }
}

// A space in the name: builds break on it easily.
const folder = mkdtempSync(join(tmpdir(), 'selectloop package-'));
try {
  await checkIn(folder);
  const released = join(folder, 'released');
  mkdirSync(released);
  await checkReleaseIn(released);
  console.log('check-package: good');
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
