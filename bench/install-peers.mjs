/**
 * npm run bench:peers
 *
 * Installs the packages that selectloop is measured beside, into folders of the benchmarks alone: npm's into bench/node_modules,
 * Python's into bench/build/python, a virtual environment of $BENCH_PYTHON or python3. Go and Rust are taken from the system.
 */

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const python = 'build/python/bin/python';

const steps = [
  ['npm', 'install', '--no-audit', '--no-fund', '--ignore-scripts'],
  [process.env.BENCH_PYTHON ?? 'python3', '-m', 'venv', 'build/python'],
  [python, '-m', 'pip', 'install', '--quiet', '--requirement', 'peers/requirements.txt'],
];

for (const [program, ...args] of steps) {
  process.stdout.write(`${program} ${args.join(' ')}\n`);
  const { status, error } = spawnSync(program, args, { cwd: here, stdio: 'inherit' });
  // What cannot be installed is left out of the measurements, with a notice; the others still take part.
  if (status !== 0) process.stdout.write(`  failed: ${error?.message ?? `exit code ${status}`}\n`);
}
