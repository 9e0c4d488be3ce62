// Starts /bin/true COUNT times with node:child_process; prints the microseconds of each.

import { spawn } from 'node:child_process';
import { once } from 'node:events';

const count = Number(process.argv[2]);
const times = [];
for (let i = -20; i < count; i++) {
  const began = process.hrtime.bigint();
  await once(spawn('/bin/true', [], { stdio: 'inherit' }), 'exit');
  if (i >= 0) times.push(Number(process.hrtime.bigint() - began) / 1000);
}
process.stdout.write(`${times.join('\n')}\n`);
