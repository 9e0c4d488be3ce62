// Starts /bin/true COUNT times with RESIDENT MiB in memory; prints the microseconds of each.

import { loadSelectloop } from './package-under-test.mjs';

const { createSubprocessExec, run } = await loadSelectloop();
const [count, residentMiB] = process.argv.slice(2).map(Number);

// Touched, or it would not be resident; held to the end.
const resident = Array.from({ length: residentMiB / 50 }, () => Buffer.alloc(50 << 20, 1));
const times = [];

run(function* () {
  for (let i = -20; i < count; i++) {
    const began = process.hrtime.bigint();
    const child = yield* createSubprocessExec('/bin/true');
    yield* child.wait();
    if (i >= 0) times.push(Number(process.hrtime.bigint() - began) / 1000);
  }
});
process.stdout.write(`${times.join('\n')}\n`);
if (resident.some((block) => block[0] !== 1)) process.exitCode = 1;
