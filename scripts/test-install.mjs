/**
 * Installs the packages of a release as users do, with npm, pnpm, yarn, Bun and Deno, on every Node that is
 * supported, and runs programs with them. No compiler is on PATH, and no install script is allowed to run.
 *
 *   npm run test:install [-- npm yarn-pnp … --node 20 --node 26 --released]
 *
 * Package managers and Nodes come from the registry and are kept in node_modules/.cache/selectloop-install.
 * Where qemu-aarch64-static and a C library for arm64 are installed, the arm64 addon runs too. Prints a table
 * in Markdown. The packages are made anew from prebuilds/ and dist/;
 * --released takes those in build-release/ as they are.
 */
import { execFile, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { managers, runtimes } from './install-managers.mjs';
import { startLocalRegistry } from './local-registry.mjs';
import { builtAddons, packRelease, releaseFolder } from './release-pack.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const cache = join(root, 'node_modules', '.cache', 'selectloop-install');
const users = join(root, 'scripts', 'install-users');
const programs = ['hello', 'tcp', 'tls'];
const expected = { hello: 'hello', tcp: 'hello tcp', tls: 'hello tls' };

/** From `install` to the first output; loaded machines are slower. */
const LIMIT_SECONDS = 5;
const TOOLS = [
  'sh',
  'env',
  'uname',
  'getconf',
  'ldd',
  'cat',
  'dirname',
  'basename',
  'sed',
  'readlink',
  'chmod',
];

/** The folder of a package of the registry, unpacked without its scripts and under a name of its own. */
function fetchTool(spec) {
  const folder = join(cache, spec.replaceAll(/[@/:]+/g, '_'));
  if (existsSync(join(folder, 'done'))) return join(folder, 'node_modules', 'tool');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
  const options = ['--no-audit', '--no-fund', '--no-package-lock', '--ignore-scripts', '--force', '--silent'];
  const { status, stderr } = spawnSync('npm', ['install', ...options, `tool@npm:${spec}`], {
    cwd: folder,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`npm install ${spec}: ${stderr}`);
  writeFileSync(join(folder, 'done'), '');
  return join(folder, 'node_modules', 'tool');
}

/** A folder for PATH with what shell scripts of package managers call, and no compiler. */
function toolsFolder(folder) {
  mkdirSync(folder, { recursive: true });
  for (const name of TOOLS) {
    const found = ['/usr/bin', '/bin'].map((place) => join(place, name)).find((path) => existsSync(path));
    if (found !== undefined) symlinkSync(found, join(folder, name));
  }
  return folder;
}

function environment(registry, home, path) {
  return {
    PATH: path,
    HOME: home,
    TMPDIR: home,
    CI: '1',
    NO_COLOR: '1',
    npm_config_registry: registry,
    npm_config_ignore_scripts: 'true',
    npm_config_audit: 'false',
    npm_config_fund: 'false',
    NPM_CONFIG_REGISTRY: registry,
    pnpm_config_registry: registry,
    YARN_NPM_REGISTRY_SERVER: registry,
    YARN_UNSAFE_HTTP_WHITELIST: '127.0.0.1',
    YARN_ENABLE_GLOBAL_CACHE: 'false',
    YARN_ENABLE_SCRIPTS: 'false',
    YARN_ENABLE_TELEMETRY: 'false',
    YARN_ENABLE_IMMUTABLE_INSTALLS: 'false',
    DENO_NO_UPDATE_CHECK: '1',
    DENO_DIR: join(home, 'deno'),
  };
}

const execute = promisify(execFile);

/**
 * What a command printed. Throws all it said unless it ended well. Not synchronous: the registry is in this
 * process.
 */
async function mustRun([command, ...args], options) {
  try {
    return (await execute(command, args, { timeout: 120_000, ...options })).stdout;
  } catch (error) {
    const { code, signal, stdout, stderr } = error;
    const words = `${[command, ...args].join(' ')}: ended with ${code ?? signal}\n${stdout}${stderr}`;
    throw new Error(words, { cause: error });
  }
}

/** A runtime without OpenSSL has everything but TLS, and says so. */
async function mustRefuse(running) {
  const error = await running.then(
    () => new Error('TLS has worked without OpenSSL'),
    (refusal) => refusal,
  );
  if (!error.message.includes('TLS needs a Node that exports its OpenSSL')) throw error;
}

/** Installs into a new folder and runs all programs there. Returns a row of the table. */
async function tryOut(manager, runtime, { registry, place, tools }) {
  const folder = mkdtempSync(join(place, `${manager.name} `));
  const home = join(folder, 'home');
  const project = join(folder, 'project');
  for (const made of [home, project]) mkdirSync(made);
  const path = [...(runtime.bin === undefined ? [] : [runtime.bin]), tools].join(':');
  const options = { cwd: project, env: environment(registry, home, path) };
  const manifest = { name: 'user', private: true, type: 'module', dependencies: { selectloop: '*' } };
  writeFileSync(join(project, 'package.json'), JSON.stringify({ ...manifest, ...manager.manifest }));
  for (const [name, text] of Object.entries(manager.files ?? {})) writeFileSync(join(project, name), text);
  cpSync(users, project, { recursive: true });
  for (const name of ['ca.pem', 'server.pem', 'server-key.pem'])
    cpSync(join(root, 'test/support/certificates', name), join(project, name));
  const row = {
    manager: manager.name,
    runtime: runtime.name,
    seconds: Number.NaN,
    said: [],
    problem: undefined,
  };
  const startMs = performance.now();
  try {
    for (const command of manager.install(runtime)) await mustRun(command, options);
    for (const name of programs) {
      const said = mustRun(manager.start(runtime, `${name}.mjs`), options);
      if (name === 'tls' && runtime.hasTls === false) {
        await mustRefuse(said);
        row.said.push('tls says that it needs OpenSSL');
        continue;
      }
      const line = (await said).trim();
      if (line !== expected[name]) throw new Error(`${name}.mjs said ${JSON.stringify(line)}`);
      row.said.push(name);
      if (name === 'hello') row.seconds = (performance.now() - startMs) / 1000;
    }
  } catch (error) {
    row.problem = error.message;
  }
  rmSync(folder, { recursive: true, force: true });
  return row;
}

function tell({ manager, runtime, seconds, said, problem }) {
  const time = Number.isNaN(seconds) ? '' : seconds.toFixed(1);
  const late = seconds > LIMIT_SECONDS ? ` (over ${LIMIT_SECONDS})` : '';
  const result = problem === undefined ? said.join(', ') : `FAILED: ${problem.split('\n')[0]}`;
  console.log(`| ${manager} | ${runtime} | ${time}${late} | ${result} |`);
  if (problem !== undefined) console.error(problem);
}

async function main(args) {
  const nodes = args.flatMap((word, i) => (args[i - 1] === '--node' ? [word] : []));
  const names = args.filter((word, i) => !word.startsWith('--') && args[i - 1] !== '--node');
  if (!args.includes('--released')) packRelease(builtAddons());
  const registry = await startLocalRegistry(releaseFolder);
  const place = mkdtempSync(join(tmpdir(), 'selectloop-install-'));
  const tools = toolsFolder(join(place, 'tools'));
  let failures = 0;
  console.log('| Installed with | Run by | Seconds to the first output | Programs |\n|---|---|---|---|');
  try {
    for (const manager of managers(fetchTool)) {
      if (names.length > 0 && !names.includes(manager.name)) continue;
      for (const runtime of runtimes(fetchTool, manager)) {
        if (nodes.length > 0 && runtime.node !== undefined && !nodes.includes(runtime.node)) continue;
        const row = await tryOut(manager, runtime, { registry: registry.url, place, tools });
        tell(row);
        if (row.problem !== undefined) failures++;
      }
    }
  } finally {
    registry.close();
    rmSync(place, { recursive: true, force: true });
  }
  return failures;
}

process.exitCode = (await main(process.argv.slice(2))) === 0 ? 0 : 1;
