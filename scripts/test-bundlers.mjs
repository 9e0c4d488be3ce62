/**
 * Does docs/how-to/bundling.md work? Installs the packages of a release into a project, does there what the
 * page says for each bundler, file by file and line by line, and runs the result: where selectloop was left
 * out in the project, where it was taken in from an empty folder elsewhere, with the addon and without it.
 *
 *   npm run test:bundlers [-- esbuild Vite …]
 *
 * The bundlers come from the registry and are kept in node_modules/.cache/selectloop-bundlers. Prints a table
 * in Markdown.
 */
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startRegistryProcess } from './local-registry.mjs';
import { packRelease, releaseFolder, runningSystem } from './release-pack.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const cache = join(root, 'node_modules', '.cache', 'selectloop-bundlers');
const users = join(root, 'scripts', 'bundler-users');

const TOOLS = {
  '@rollup/plugin-node-resolve': '16.0.3',
  esbuild: '0.28.2',
  pm2: '7.0.4',
  postject: '1.0.0-alpha.6',
  rollup: '4.68.8',
  vite: '8.3.8',
  webpack: '5.113.0',
  'webpack-cli': '7.3.1',
};

/** What the page says in a sentence: a way of it, with some words replaced. */
const VARIANTS = [
  ['esbuild', 'taken in', 'CommonJS', { '--format=esm': '--format=cjs', 'program.mjs': 'program.cjs' }],
  ['esbuild', 'taken in', 'minified', { '--format=esm': '--format=esm --minify' }],
  ['esbuild', 'taken in', 'minified, names kept', { '--format=esm': '--format=esm --minify --keep-names' }],
  ['Rollup', 'taken in', 'CommonJS', { "format: 'esm'": "format: 'cjs'", 'program.mjs': 'program.cjs' }],
  ['webpack', 'taken in', 'development', { "mode: 'production'": "mode: 'development'" }],
  ['Vite', 'taken in', 'minified', { "ssr: 'program.js'": "ssr: 'program.js', minify: true" }],
];

const EXPECTED = /^tcp\ntls\nthread 2\n(.+)\n$/;
/** What a bundle without its addon must say. */
const ADVICE = ['selectloop is part of a bundle here', '--external:selectloop', 'npx selectloop addon'];

function installTools() {
  const manifest = JSON.stringify({ private: true, type: 'module', dependencies: TOOLS });
  const done = join(cache, 'installed.json');
  if (existsSync(done) && readFileSync(done, 'utf8') === manifest) return;
  rmSync(cache, { recursive: true, force: true });
  mkdirSync(cache, { recursive: true });
  writeFileSync(join(cache, 'package.json'), manifest);
  const options = ['--no-audit', '--no-fund', '--no-package-lock', '--ignore-scripts'];
  mustRun('npm', ['install', '--prefix', cache, ...options], { cwd: cache });
  writeFileSync(done, manifest);
}

function mustRun(command, args, options) {
  const { status, signal, error, stdout, stderr } = spawnSync(command, args, {
    encoding: 'utf8',
    timeout: 120_000,
    ...options,
  });
  if (error !== undefined) throw error;
  if (status === 0) return stdout;
  throw new Error(`${[command, ...args].join(' ')}: ended with ${status ?? signal}\n${stdout}${stderr}`);
}

/**
 * The ways of the page: for each fence of commands the bundler, the files that are shown before it, and the
 * commands, of which the last one runs the program.
 */
function waysOfPage() {
  const page = readFileSync(join(root, 'docs', 'how-to', 'bundling.md'), 'utf8');
  const sections = page.split(/^## /m).slice(1);
  return sections.flatMap((section) => {
    const files = {};
    return [...section.matchAll(/^```(\w+)\n(.*?)^```$/gms)].flatMap(([, kind, body]) => {
      if (kind !== 'sh') {
        const [, name] = /^\/\/ (\S+)\n/.exec(body);
        files[name] = body.slice(body.indexOf('\n') + 1);
        return [];
      }
      const commands = body
        .replaceAll(/\\\n\s*/g, '')
        .trim()
        .split('\n');
      const way = body.includes('selectloop addon') ? 'taken in' : 'left out';
      return [{ bundler: section.split('\n', 1)[0], way, files: { ...files }, commands }];
    });
  });
}

function withVariants(ways) {
  const replaced = (words, changes) =>
    Object.entries(changes).reduce((changed, [from, to]) => changed.replaceAll(from, to), words);
  return ways.flatMap((each) => {
    const variants = VARIANTS.filter(([bundler, way]) => bundler === each.bundler && way === each.way);
    return [
      each,
      ...variants.map(([, , variant, changes]) => ({
        ...each,
        variant,
        files: Object.fromEntries(
          Object.entries(each.files).map(([name, body]) => [name, replaced(body, changes)]),
        ),
        commands: each.commands.map((line) => replaced(line, changes)),
      })),
    ];
  });
}

/** A project with selectloop and its users. */
async function makeProject(parent) {
  const project = join(parent, 'project');
  mkdirSync(project);
  packRelease({ [runningSystem()]: join(root, 'build', 'Release', 'selectloop.node') });
  const registry = await startRegistryProcess(releaseFolder);
  try {
    writeFileSync(join(project, 'package.json'), '{ "name": "user", "private": true, "type": "module" }\n');
    mustRun('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', 'selectloop'], {
      cwd: project,
      env: {
        ...process.env,
        npm_config_registry: registry.url,
        npm_config_cache: join(parent, 'npm-cache'),
      },
    });
  } finally {
    registry.close();
  }
  for (const name of ['program', 'server']) cpSync(join(users, `${name}.mjs`), join(project, `${name}.js`));
  copyCertificates(project);
  return project;
}

function copyCertificates(folder) {
  for (const name of ['ca.pem', 'server.pem', 'server-key.pem']) {
    cpSync(join(root, 'test', 'support', 'certificates', name), join(folder, name));
  }
}

const environment = {
  ...process.env,
  NO_COLOR: '1',
  // The node that runs this, before any other.
  PATH: [dirname(process.execPath), join(cache, 'node_modules', '.bin'), process.env.PATH].join(delimiter),
};

/** Does what the page says, and runs what came of it. Returns what was seen. */
function tryOut({ files, commands, way }, project, parent) {
  rmSync(join(project, 'dist'), { recursive: true, force: true });
  const before = new Set(readdirSync(project));
  const options = { cwd: project, env: environment };
  try {
    for (const [name, body] of Object.entries(files)) writeFileSync(join(project, name), body);
    for (const line of commands.slice(0, -1)) mustRun('sh', ['-c', line], options);
    const start = commands.at(-1);
    if (way === 'left out') return mustPrint(start, options);
    return runElsewhere(start, project, mkdtempSync(join(parent, 'deployed ')));
  } finally {
    for (const name of readdirSync(project)) {
      if (!before.has(name)) rmSync(join(project, name), { recursive: true });
    }
  }
}

function mustPrint(start, options) {
  const printed = mustRun('sh', ['-c', start], options);
  const process = EXPECTED.exec(printed)?.[1];
  // Without `node` before it, it is the single executable.
  if (process !== (start.startsWith('node ') ? 'process 2' : 'no process'))
    throw new Error(`${start} printed ${JSON.stringify(printed)}`);
  return 'works';
}

/** From a folder where there is nothing but what was built, while the project is away. */
function runElsewhere(start, project, folder) {
  const options = { cwd: folder, env: environment };
  cpSync(join(project, 'dist'), join(folder, 'dist'), { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }\n');
  copyCertificates(folder);
  renameSync(project, `${project}.away`);
  try {
    const result = mustPrint(start, options);
    rmSync(join(folder, 'dist', 'selectloop.node'));
    const { status, stderr } = spawnSync('sh', ['-c', start], { ...options, encoding: 'utf8' });
    const missing = ADVICE.filter((words) => !stderr.includes(words));
    if (status === 0 || missing.length > 0) {
      throw new Error(`without the addon it does not say ${missing.join(', ')}, but: ${stderr}`);
    }
    return `${result}; without the addon it says what to do`;
  } finally {
    renameSync(`${project}.away`, project);
  }
}

/** PM2 starts a server, which answers, and stops it, which it hears. */
async function tryPm2({ commands }, project, parent) {
  const home = join(parent, 'pm2');
  const options = { cwd: project, env: { ...environment, PM2_HOME: home } };
  const said = () => readFileSync(join(home, 'logs', 'program-out.log'), 'utf8');
  try {
    for (const line of commands) mustRun('sh', ['-c', line.replaceAll('program.js', 'server.js')], options);
    const port = Number(await soon(() => /listening on (\d+)/.exec(said())?.[1], 'it listens'));
    const greeting = await text(connect(port, '127.0.0.1'));
    if (greeting !== 'hello\n') throw new Error(`the server under PM2 said ${JSON.stringify(greeting)}`);
    mustRun('pm2', ['stop', 'program'], options);
    return `works; ${await soon(() => /stopped on SIG\w+/.exec(said())?.[0], 'it stops')}`;
  } finally {
    spawnSync('pm2', ['kill'], options);
  }
}

async function soon(look, what) {
  const deadlineMs = Date.now() + 30_000;
  while (Date.now() < deadlineMs) {
    try {
      const seen = look();
      if (seen !== undefined) return seen;
    } catch {
      // There is no such file yet.
    }
    await delay(100);
  }
  throw new Error(`within 30 seconds it was not seen that ${what}`);
}

async function main(names) {
  installTools();
  const wanted = withVariants(waysOfPage()).filter(
    ({ bundler }) => names.length === 0 || names.some((name) => bundler.includes(name)),
  );
  // Outside of this checkout, whose tsconfig.json bundlers would read; the bundlers are found one folder up.
  const parent = mkdtempSync(join(tmpdir(), 'selectloop-project-'));
  const deployed = mkdtempSync(join(tmpdir(), 'selectloop-bundles-'));
  symlinkSync(join(cache, 'node_modules'), join(parent, 'node_modules'));
  let failureCount = 0;
  try {
    const project = await makeProject(parent);
    console.log('| With | selectloop is | Result |\n|---|---|---|');
    for (const each of wanted) {
      const { bundler, way, variant } = each;
      let result;
      try {
        result = await (bundler === 'PM2'
          ? tryPm2(each, project, deployed)
          : tryOut(each, project, deployed));
      } catch (error) {
        failureCount++;
        result = `FAILED: ${error.message.split('\n', 1)[0]}`;
        console.error(error.message);
      }
      console.log(`| ${bundler}${variant === undefined ? '' : `, ${variant}`} | ${way} | ${result} |`);
    }
  } finally {
    for (const folder of [parent, deployed]) rmSync(folder, { recursive: true, force: true });
  }
  return failureCount;
}

process.exitCode = (await main(process.argv.slice(2))) === 0 ? 0 : 1;
