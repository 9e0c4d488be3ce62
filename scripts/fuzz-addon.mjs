/**
 * Calls every function of the addon with random arguments, on a build with AddressSanitizer and
 * UndefinedBehaviorSanitizer: memory of every kind, lists that change while they are read, numbers of every
 * size, and a second thread that changes shared memory in the middle of calls. Any report, crash or hang
 * fails, and is printed with its seed and the last call.
 *
 *   npm run test:fuzz                      a minute with fresh seeds
 *   npm run test:fuzz -- --seconds 600
 *   npm run test:fuzz -- --seed 12345      from that seed on: 12345, 12346, …
 *   npm run test:fuzz -- --seed 12345 --seconds 10      that run again
 *
 * In a minute or more it fails too when a function never succeeded: then it was fuzzed on its argument checks
 * alone.
 */
import { spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { calls } from './fuzz/calls.mjs';
import { buildSanitized, relevantReports, root } from './sanitized-addon.mjs';

/** One process a seed: what it leaves open ends with it, and a crash loses little. */
const SECONDS_PER_RUN = 10;
/** Long enough for each function to succeed. */
const FULL_SECONDS = 60;
/** A run that is this much late hangs. */
const PATIENCE_SECONDS = 60;

function runOnce(seed, seconds, env, folder) {
  const statePath = join(folder, 'state');
  const child = spawnSync(
    process.execPath,
    [join(root, 'scripts', 'fuzz', 'run.mjs'), String(seed), String(seconds), statePath],
    { env, encoding: 'utf8', timeout: 1000 * (seconds + PATIENCE_SECONDS), killSignal: 'SIGKILL' },
  );
  const lastCall = readFileSync(statePath, 'utf8').trim();
  if (child.status === 0 && !/runtime error:/.test(child.stderr)) {
    return { counts: JSON.parse(child.stdout.slice(child.stdout.lastIndexOf('{"pollerKinds'))) };
  }
  const end = child.error?.code === 'ETIMEDOUT' ? 'hung' : `ended with ${child.signal ?? child.status}`;
  return { failure: `${end} in ${lastCall}\n${child.stderr.slice(-4000)}` };
}

function main() {
  const { values } = parseArgs({
    options: { seconds: { type: 'string', default: '60' }, seed: { type: 'string' } },
  });
  const { reports, env } = buildSanitized('asan');
  const folder = mkdtempSync(join(tmpdir(), 'selectloop-fuzz-'));
  const totals = {};
  const failures = [];
  const seconds = Number(values.seconds);
  const until = Date.now() + 1000 * seconds;
  let nextSeed = Number(values.seed);
  do {
    const seed = values.seed === undefined ? randomInt(2 ** 31) : nextSeed++;
    console.log(`fuzz: seed ${seed}`);
    const { counts = {}, failure } = runOnce(seed, Math.min(seconds, SECONDS_PER_RUN), env, folder);
    if (failure !== undefined) failures.push(failure);
    for (const [name, { calls: made, successes }] of Object.entries(counts)) {
      totals[name] ??= { calls: 0, successes: 0 };
      totals[name].calls += made;
      totals[name].successes += successes;
    }
  } while (Date.now() < until && failures.length === 0);
  rmSync(folder, { recursive: true, force: true });
  failures.push(...relevantReports(reports));
  return report(totals, failures, seconds >= FULL_SECONDS);
}

function report(totals, failures, isFull) {
  const names = Object.keys(totals);
  const sum = names.reduce((total, name) => total + totals[name].calls, 0);
  const unknown = names.filter((name) => calls[name] === undefined);
  const never = names.filter((name) => calls[name] !== undefined && totals[name].successes === 0);
  console.log(`fuzz: ${sum} calls of ${names.length} functions`);
  if (unknown.length > 0) console.log(`fuzz: with hostile arguments only: ${unknown.join(', ')}`);
  if (isFull && failures.length === 0 && never.length > 0)
    failures.push(`never succeeded: ${never.join(', ')}`);
  for (const failure of failures) console.error(`\n${failure}`);
  console.log(failures.length === 0 ? 'fuzz: no report' : `fuzz: ${failures.length} failures`);
  return failures.length === 0 ? 0 : 1;
}

try {
  process.exitCode = main();
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
