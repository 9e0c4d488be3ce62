/**
 * What is installed here: compilers, interpreters, packages. Builds what has to be built, into bench/build. A
 * tool that is missing leaves its contenders out, and {@link findTools} tells why.
 */

import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const here = fileURLToPath(new URL('.', import.meta.url));
const built = (name) => join(here, 'build', name);

/**
 * Finds or builds every tool in `wanted`, and the load generator.
 * @returns {Promise<{ paths: Record<string, string>, versions: Record<string, string>, missing:
 *   Record<string, string> }>}
 */
export async function findTools(wanted) {
  mkdirSync(join(here, 'build'), { recursive: true });
  const found = { paths: {}, versions: {}, missing: {} };
  for (const name of new Set(wanted)) {
    try {
      const { path, version } = await finders[name]();
      found.paths[name] = path;
      found.versions[name] = version;
    } catch (error) {
      found.missing[name] = reasonOf(error);
    }
  }
  return found;
}

const OPENSSL = ['-lssl', '-lcrypto'];

const finders = {
  node: async () => ({
    path: process.execPath,
    version: `Node.js ${process.versions.node}, OpenSSL ${process.versions.openssl}`,
  }),
  load: () => compileC('load', loadSources('wire-plain.c')),
  limit: () => compileC('limit', [join(here, 'peers', 'limit.c')]),
  'load-tls': () => compileC('load-tls', loadSources('wire-tls.c'), OPENSSL),
  'limit-tls': async () => {
    const { path, version } = await compileC('limit-tls', [join(here, 'peers', 'limit-tls.c')], OPENSSL);
    const { stdout } = await run(path, ['--version']);
    return { path, version: `${version}, ${stdout.trim()}` };
  },
  'posix-spawn': () => compileC('posix-spawn', [join(here, 'peers', 'spawn.c')]),
  asyncio: () => findPython('asyncio'),
  uvloop: () => findPython('uvloop'),
  trio: () => findPython('trio'),
  effection: () => findPackage('effection'),
  effect: () => findPackage('effect'),
  piscina: () => findPackage('piscina'),
  go: async () => {
    const path = built('echo-go');
    const source = join(here, 'peers', 'go', 'echo.go');
    await run('go', ['build', '-o', path, source], { env: { ...process.env, GO111MODULE: 'off' } });
    const { stdout } = await run('go', ['env', 'GOVERSION']);
    return { path, version: stdout.trim().replace('go', 'Go ') };
  },
  tokio: () => findCrate('tokio', 'tokio'),
  'tokio-rustls': () => findCrate('tokio-tls', 'tokio-rustls'),
  bun: () => findRuntime('bun', `@oven/bun-${process.platform}-${process.arch}`, 'bin/bun'),
  deno: () =>
    findRuntime(
      'deno',
      `@deno/${process.platform}-${process.arch}${process.platform === 'linux' ? '-glibc' : ''}`,
      'deno',
    ),
};

/** Debian's packages of crates, `librust-…-dev`: for a machine that does not reach crates.io. */
const DEBIAN_CRATES = [
  ...['--config', 'source.crates-io.replace-with="debian"'],
  ...['--config', 'source.debian.directory="/usr/share/cargo/registry"'],
];

/** Builds the program in peers/`folder`, which stands on `crate`: from crates.io, else from Debian's. */
async function findCrate(folder, crate) {
  const cwd = join(here, 'peers', folder);
  const target = built(folder);
  const build = ['build', '--release', '--target-dir', target];
  const options = { cwd, env: { ...process.env, CARGO_NET_RETRY: '0' } };
  const debian = existsSync(`/usr/share/cargo/registry`) ? DEBIAN_CRATES : [];
  let source = [];
  try {
    await run('cargo', build, options);
  } catch (error) {
    if (debian.length === 0 || error.code === 'ENOENT') throw error;
    source = debian;
    await run('cargo', [...build, ...source], options);
  }
  const { stdout } = await run('cargo', ['pkgid', ...source, crate], options);
  return {
    path: join(target, 'release', `echo-${folder}`),
    version: `${crate} ${stdout.trim().split(/[#@]/).at(-1)}`,
  };
}

/** A runtime whose program npm brings in a package for each system; its own install script would copy it. */
async function findRuntime(name, packageName, program) {
  const path = join(here, 'node_modules', packageName, program);
  if (!existsSync(path)) throw new Error(`${name} is not installed: npm run bench:peers installs it`);
  const { stdout } = await run(path, ['--version']);
  return { path, version: `${name} ${/\d+\.\d+\.\d+/.exec(stdout)?.[0] ?? stdout.trim()}` };
}

/** The sources of the load generator, of which `wire` is one way for its bytes to travel. */
function loadSources(wire) {
  return readdirSync(join(here, 'load'))
    .filter((name) => name.endsWith('.c') && (!name.startsWith('wire-') || name === wire))
    .map((name) => join(here, 'load', name));
}

async function compileC(name, sources, libraries = []) {
  // As make takes it: a command that may have arguments, such as `ccache gcc`.
  const [compiler, ...flags] = (process.env.CC ?? 'cc').trim().split(/\s+/);
  const options = [...flags, '-O2', '-Wall', '-Wextra', '-Werror', '-o', built(name)];
  await run(compiler, [...options, ...sources, ...libraries]);
  const { stdout } = await run(compiler, [...flags, '--version']);
  return { path: built(name), version: stdout.split('\n')[0] };
}

/**
 * The first interpreter that has `module`: $BENCH_PYTHON, the one `npm run bench:peers` made, the newest of
 * the system.
 */
async function findPython(module) {
  const names = ['python3.14', 'python3.13', 'python3.12', 'python3.11', 'python3', '/usr/bin/python3'];
  const candidates = [process.env.BENCH_PYTHON, join(here, 'build', 'python', 'bin', 'python'), ...names];
  const program = `import sys, ${module}; print(getattr(${module}, '__version__', ''), 'Python', sys.version.split()[0])`;
  for (const path of candidates.filter((candidate) => candidate !== undefined)) {
    try {
      const { stdout } = await run(path, ['-c', program]);
      return { path, version: `${module} ${stdout.trim()}` };
    } catch {
      // Not installed, or without the module: the next one may have it.
    }
  }
  throw new Error(
    `no Python here has ${module}: npm run bench:peers installs it, $BENCH_PYTHON names another one`,
  );
}

/**
 * Whether this machine counts the instructions of processes: virtual machines often do not.
 * @param load the load generator, which counts them
 * @returns why not, or `undefined` when it does
 */
export async function whyNoInstructions(load) {
  const { stdout } = await run(load, ['--counters']).catch((error) => error);
  return stdout?.trim() === 'counted' ? undefined : (stdout?.trim() ?? 'the load generator cannot tell');
}

async function findPackage(name) {
  const folder = join(here, 'node_modules', name);
  if (!existsSync(folder)) throw new Error(`${name} is not installed: npm run bench:peers installs it`);
  const { version } = createRequire(import.meta.url)(join(folder, 'package.json'));
  return { path: folder, version: `${name} ${version}` };
}

/** What went wrong, in the tool's own words: its first line with "error" in it, else its first one. */
function reasonOf(error) {
  if (error.code === 'ENOENT') return `${error.path} is not installed`;
  const lines = String(error.stderr || error.message)
    .trim()
    .split('\n');
  return (lines.find((line) => /error|failed/i.test(line)) ?? lines[0]).trim();
}
