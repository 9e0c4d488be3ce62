/**
 * Makes everything that a release publishes, into build-release/: the package without sources of the addon
 * and without an install script; one package for each system, with the addon that `npm run build:cross` has
 * built; and the package that compiles the addon elsewhere. With manifest.json: name, version, bytes and
 * hashes of each tarball.
 *
 *   npm run release:pack [-- --only-built]
 *
 * --only-built makes what can be made from the addons that are there; a release has all of them.
 * docs/decisions/0021 says why the parts are as they are.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { targets } from './cross-targets.mjs';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** Where the tarballs and the manifest are. */
export const releaseFolder = join(root, 'build-release');

const systems = targets.map(({ name }) => name).sort();

/** What all packages say alike. */
const common = Object.fromEntries(
  ['version', 'license', 'repository', 'homepage', 'bugs', 'engines'].map((key) => [key, manifest[key]]),
);

function builtAddon(system) {
  const [platform, arch, libc] = system.split('-');
  return join(
    root,
    'prebuilds',
    `${platform}-${arch}`,
    `selectloop${libc === undefined ? '' : `.${libc}`}.node`,
  );
}

/** Writes a package into a folder of its own and packs it. Returns the tarball's name. */
function pack(packageJson, files, texts = {}) {
  const folder = join(releaseFolder, 'staging', packageJson.name.replaceAll(/[@/]+/g, '_'));
  mkdirSync(folder, { recursive: true });
  for (const [to, from] of Object.entries({ LICENSE: 'LICENSE', ...files })) {
    cpSync(from.startsWith('/') ? from : join(root, from), join(folder, to), { recursive: true });
  }
  for (const [name, text] of Object.entries(texts)) writeFileSync(join(folder, name), text);
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(packageJson, undefined, 2)}\n`);
  refuseDeadLinks(folder);
  const args = ['pack', '--ignore-scripts', '--json', '--pack-destination', releaseFolder];
  const { status, stdout, stderr } = spawnSync('npm', args, { cwd: folder, encoding: 'utf8' });
  if (status !== 0) throw new Error(`npm pack of ${packageJson.name}: ${stderr}`);
  // npm 12 answers with an object by name, npm before it with a list.
  const [packed] = Object.values(JSON.parse(stdout));
  return { name: packageJson.name, version: packageJson.version, ...described(packed) };
}

/** What a page in a package links to is in it, or named in full. */
function refuseDeadLinks(folder) {
  const pages = readdirSync(folder).filter((name) => name.endsWith('.md'));
  const dead = pages.flatMap((page) =>
    [...readFileSync(join(folder, page), 'utf8').matchAll(/\]\((?!https?:|#)([^)\s#]+)[^)]*\)/g)]
      .filter(([, path]) => !existsSync(join(folder, path)))
      .map(([, path]) => `${page}: ${path}`),
  );
  if (dead.length > 0) throw new Error(`links to what is not in the package: ${dead.join(', ')}`);
}

function described({ filename, unpackedSize }) {
  const bytes = readFileSync(join(releaseFolder, filename));
  const hash = (algorithm, encoding) => createHash(algorithm).update(bytes).digest(encoding);
  return {
    tarball: filename,
    packedBytes: bytes.length,
    unpackedBytes: unpackedSize,
    sha256: hash('sha256', 'hex'),
    integrity: `sha512-${hash('sha512', 'base64')}`,
  };
}

function packSystem([system, addon]) {
  const [os, cpu, libc] = system.split('-');
  const packageJson = {
    name: `@selectloop/${system}`,
    description: `The native addon of selectloop for ${system}.`,
    ...common,
    os: [os],
    cpu: [cpu],
    ...(libc === undefined ? {} : { libc: [libc] }),
    main: 'selectloop.node',
    files: ['selectloop.node', 'THIRD-PARTY.md', 'licences'],
    // Package managers that keep packages in archives must unpack this one: the system loads it as a file.
    preferUnplugged: true,
  };
  const files = { 'selectloop.node': addon, 'THIRD-PARTY.md': 'THIRD-PARTY.md', licences: 'licences' };
  const readme = `The native addon of [selectloop](${manifest.homepage}) for ${system}. It is installed along with it.\n`;
  return { ...pack(packageJson, files, { 'README.md': readme }), addonSha256: hashOf(addon) };
}

/** SHA-256 of a file, in hex. */
export function hashOf(path) {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}

function packSource() {
  const packageJson = {
    name: '@selectloop/source',
    description: 'Compiles the native addon of selectloop, for systems without a prebuilt one.',
    ...common,
    os: manifest.os,
    scripts: { install: 'node scripts/install.mjs' },
    files: ['native', 'binding.gyp', 'scripts/install.mjs'],
    dependencies: { 'node-addon-api': manifest.dependencies['node-addon-api'] },
    preferUnplugged: true,
  };
  const files = Object.fromEntries(
    ['native', 'binding.gyp', 'scripts/install.mjs'].map((path) => [path, path]),
  );
  const readme = `Compiles the native addon of [selectloop](${manifest.homepage}) where none is published for the system. It needs
Python 3, make and a C++ compiler, and the leave of the package manager to run its install script.
`;
  return pack(packageJson, files, { 'README.md': readme });
}

/** The package that users name. What only a build takes is left out of it. */
function packMain(builtSystems) {
  const left = ['scripts', 'devDependencies', 'dependencies', 'files'];
  const rest = Object.fromEntries(Object.entries(manifest).filter(([key]) => !left.includes(key)));
  const optional = builtSystems.map((system) => [`@selectloop/${system}`, manifest.version]);
  const pages = ['README.md', 'CHANGELOG.md', 'THIRD-PARTY.md'];
  const kept = ['dist', 'src', ...pages];
  const packageJson = {
    ...rest,
    files: kept,
    optionalDependencies: Object.fromEntries(optional),
  };
  const texts = Object.fromEntries(pages.map((page) => [page, publishedPage(page, [...kept, 'LICENSE'])]));
  return pack(packageJson, Object.fromEntries(kept.map((path) => [path, path])), texts);
}

/** What is not in the package is linked to where it is. */
function publishedPage(page, kept) {
  const url = `${manifest.repository.url.replace(/^git\+|\.git$/g, '')}/blob/main/`;
  return readFileSync(join(root, page), 'utf8').replaceAll(/\]\((?!https?:|#)([^)\s]+)\)/g, (link, path) =>
    kept.includes(path.split(/[/#]/)[0]) ? link : `](${url}${path})`,
  );
}

/** The name of the running system in names of packages. */
export function runningSystem() {
  const name = `${process.platform}-${process.arch}`;
  if (process.platform !== 'linux') return name;
  return `${name}-${readFileSync(process.execPath).subarray(0, 4096).includes('/ld-musl-') ? 'musl' : 'glibc'}`;
}

/** The addons that `npm run build:cross` has built, by system. */
export function builtAddons() {
  const all = systems.map((system) => [system, builtAddon(system)]);
  return Object.fromEntries(all.filter(([, path]) => existsSync(path)));
}

/**
 * Makes the packages.
 * @param addons their paths, by system
 * @returns what manifest.json says
 */
export function packRelease(addons) {
  rmSync(releaseFolder, { recursive: true, force: true });
  mkdirSync(releaseFolder, { recursive: true });
  const packages = [packMain(Object.keys(addons)), ...Object.entries(addons).map(packSystem), packSource()];
  writeFileSync(join(releaseFolder, 'manifest.json'), `${JSON.stringify({ packages }, undefined, 2)}\n`);
  rmSync(join(releaseFolder, 'staging'), { recursive: true });
  return packages;
}

function main(onlyBuilt) {
  const addons = builtAddons();
  const missing = systems.filter((system) => addons[system] === undefined);
  if (missing.length > 0 && !onlyBuilt) {
    throw new Error(
      `No addon for ${missing.join(', ')}. Run npm run build:cross first, or pass --only-built.`,
    );
  }
  for (const made of packRelease(addons)) {
    console.log(`${made.name.padEnd(32)} ${made.packedBytes} bytes, unpacked ${made.unpackedBytes}`);
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  try {
    main(process.argv.includes('--only-built'));
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
