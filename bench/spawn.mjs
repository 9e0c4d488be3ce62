/**
 * What it costs to start a program and wait for its end, one after the other.
 *
 *   node bench/spawn.mjs [--count N] [--resident MIB,…] [CONTENDER …]
 *
 * prints for each contender (selectloop, node, asyncio, c) the median and the least microseconds of one start
 * and wait of /bin/true, and beside it how many times that of C it is. `c` is a loop of posix_spawn and
 * waitpid. Then, for selectloop, the same with more memory resident: 50 MiB and 2 GiB by default.
 */

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { positive, readOptions, refuse } from './options.mjs';

const file = (name) => fileURLToPath(new URL(name, import.meta.url));

const USAGE = 'usage: spawn.mjs [--count N] [--resident MIB,…] [selectloop|node|asyncio|c …]';

/** Each prints the microseconds of one start a line. */
const contenders = {
  selectloop: () => [process.execPath, file('spawn-selectloop.mjs')],
  node: () => [process.execPath, file('peers/spawn-node.mjs')],
  asyncio: () => ['python3', file('peers/spawn-asyncio.py')],
  c: (folder) => {
    const program = join(folder, 'spawn');
    execFileSync('cc', ['-O2', '-o', program, file('peers/spawn.c')]);
    return [program];
  },
};

/** The sorted times of `count` starts. */
function timesOf(command, count, residentMiB = 0) {
  const [program, ...args] = command;
  const { stdout, stderr, status } = spawnSync(program, [...args, String(count), String(residentMiB)], {
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  if (status !== 0) throw new Error(`${command.join(' ')}: ${stderr}`);
  return stdout
    .trim()
    .split('\n')
    .map(Number)
    .sort((a, b) => a - b);
}

export function spawnCosts(names, count, folder) {
  return names.map((name) => {
    const times = timesOf(contenders[name](folder), count);
    return { name, medianUs: times[times.length >> 1], leastUs: times[0] };
  });
}

export function residentCosts(sizesMiB, count) {
  return sizesMiB.map((residentMiB) => {
    const times = timesOf(contenders.selectloop(), count, residentMiB);
    return { residentMiB, medianUs: times[times.length >> 1], leastUs: times[0] };
  });
}

function main() {
  const { values, positionals } = readOptions(
    {
      allowPositionals: true,
      options: {
        count: { type: 'string', default: '300' },
        resident: { type: 'string', default: '50,2048' },
      },
    },
    USAGE,
  );
  const count = positive('count', values.count);
  const sizesMiB = values.resident.split(',').filter(Boolean);
  for (const size of sizesMiB) positive('resident', size);
  const unknown = positionals.find((name) => !(name in contenders));
  if (unknown !== undefined) refuse(`there is no contender ${unknown}\n\n${USAGE}`);
  const folder = mkdtempSync(join(tmpdir(), 'selectloop-spawn-'));
  try {
    const names = positionals.length > 0 ? positionals : Object.keys(contenders);
    const costs = spawnCosts(names, count, folder);
    const limit = costs.find(({ name }) => name === 'c');
    for (const { name, medianUs, leastUs } of costs) {
      const times = limit === undefined ? '' : `  ${(medianUs / limit.medianUs).toFixed(2)} x C`;
      console.log(
        `${name.padEnd(11)}${medianUs.toFixed(0).padStart(7)} µs, least ${leastUs.toFixed(0).padStart(6)} µs${times}`,
      );
    }
    const resident = residentCosts(sizesMiB.map(Number), count);
    for (const { residentMiB, medianUs, leastUs } of resident) {
      const ratio = medianUs / resident[0].medianUs;
      console.log(
        `selectloop with ${residentMiB} MiB resident: ${medianUs.toFixed(0)} µs, least ${leastUs.toFixed(0)} µs, ${ratio.toFixed(2)} x the first`,
      );
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main();
