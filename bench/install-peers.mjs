/**
 * npm run bench:peers
 *
 * Installs the packages that selectloop is measured beside, into folders of the benchmarks alone: npm's into
 * bench/node_modules, Python's into bench/build/python, a virtual environment of $BENCH_PYTHON or python3. Go
 * and Rust are taken from the system; crates from crates.io, or from Debian's packages: librust-tokio-dev,
 * librust-tokio-rustls-dev, librust-rustls-pemfile-dev.
 */

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const python = 'build/python/bin/python';
// One by one: pip installs all of a list or nothing.
const pythonPackages = readFileSync(`${here}peers/requirements.txt`, 'utf8').trim().split(/\s+/);

const steps = [
  ['npm', 'install', '--no-audit', '--no-fund', '--ignore-scripts'],
  [process.env.BENCH_PYTHON ?? 'python3', '-m', 'venv', 'build/python'],
  ...pythonPackages.map((name) => [
    python,
    '-m',
    'pip',
    'install',
    '--quiet',
    '--disable-pip-version-check',
    name,
  ]),
];

for (const [program, ...args] of steps) {
  process.stdout.write(`${program} ${args.join(' ')}\n`);
  const { status, error } = spawnSync(program, args, { cwd: here, stdio: 'inherit' });
  // What cannot be installed is left out of the measurements, with a notice; the others still take part.
  if (status !== 0) process.stdout.write(`  failed: ${error?.message ?? `exit code ${status}`}\n`);
}
