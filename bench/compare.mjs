/**
 * npm run bench:compare -- BASE [options] [word …]
 *
 * Measures this checkout beside the revision BASE (a commit, a branch), which is built in a temporary git
 * worktree: for each trial and API pairs of fresh processes, in random order. A ratio below 1 means that this
 * checkout costs less. Words select trials and APIs as in `npm run bench`; without words: echo of 1 KiB and
 * 100 KiB over 50 connections, and all tasks.
 *
 *   --rounds N     pairs (9)
 *   --seconds S    how long each is under load in a round, in turns of 0.1 s at most (1)
 *   --warmup S     length of a part of warming up; three in a row without a gain end it (0.3)
 *
 * Ends with exit code 1 when anything got dearer: by more than 3 % in the median, with three pairs of four
 * agreeing.
 */

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { contenders } from './contenders.mjs';
import { measureTrial } from './measure.mjs';
import { positive, readOptions, refuse } from './options.mjs';
import { planFor, toolsOf } from './plan.mjs';
import { duration, Progress } from './report.mjs';
import { findTools } from './tools.mjs';
import { trials } from './trials.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const DEARER_BY = 1.03;
const USUAL_TRIALS = ['echo 1KiB 50c', 'echo 100KiB 50c'];

const USAGE = 'usage: npm run bench:compare -- BASE [--rounds N] [--seconds S] [--warmup S] [word …]';

const { values, positionals } = readOptions(
  {
    allowPositionals: true,
    options: {
      rounds: { type: 'string', default: '9' },
      seconds: { type: 'string', default: '1' },
      warmup: { type: 'string', default: '0.3' },
    },
  },
  USAGE,
);
const settings = {
  rounds: positive('rounds', values.rounds),
  seconds: positive('seconds', values.seconds),
  warmupSeconds: positive('warmup', values.warmup),
};
const [base, ...words] = positionals;
if (base === undefined) refuse(USAGE);

const plan = chosenPlan();
if (plan.length === 0)
  refuse(`nothing of ours is called so. Trials: ${trials.map(({ name }) => name).join('; ')}`);

try {
  git('rev-parse', '--verify', '--quiet', `${base}^{commit}`);
} catch {
  refuse(`there is no revision called ${base}`);
}

const progress = new Progress();
const worktree = mkdtempSync(join(tmpdir(), 'selectloop-base-'));
try {
  checkOut(base, worktree);
  try {
    build(worktree);
    process.exitCode = (await compareAll(worktree)) ? 1 : 0;
  } finally {
    git('worktree', 'remove', '--force', worktree);
  }
} finally {
  rmSync(worktree, { recursive: true, force: true });
}

function git(...args) {
  return execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim();
}

function checkOut(revision, folder) {
  git('worktree', 'add', '--quiet', '--detach', '--force', folder, revision);
  // The same compilers for both: only our own sources differ.
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
}

/** This checkout was built by scripts/setup.mjs, before this program started. */
function build(folder) {
  progress.show(`building ${base}`);
  for (const script of ['build:native', 'build']) {
    execFileSync('npm', ['run', '--silent', script], { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
  }
}

async function compareAll(baseRoot) {
  const tools = await findTools(toolsOf(plan));
  for (const [name, reason] of Object.entries(tools.missing)) progress.keep(`skipped: ${name}: ${reason}\n`);
  const pairs = pairsIn(tools.paths);
  if (pairs.length === 0) throw new Error('nothing can be measured: the load generator is missing');
  const options = {
    paths: tools.paths,
    ...settings,
    steadySeconds: 10,
  };
  let anyDearer = false;
  for (const [trial, contender] of pairs) {
    const label = `${trial.name} · ${contender.name}`;
    const before = { ...contender, name: 'base', env: { SELECTLOOP_ROOT: baseRoot } };
    const { rows, failures } = await measureTrial(trial, before, [contender], options, (_, round, ratio) =>
      progress.show(`${label} round ${round}/${options.rounds}: ${ratio.toFixed(3)}`),
    );
    const row = rows.find((each) => each.contender === contender.name);
    if (row === undefined) progress.keep(`${label}: ${failures[contender.name]}\n`);
    else progress.keep(`${label}: ${verdict(row)}\n`);
    anyDearer ||= row !== undefined && isDearer(row);
  }
  return anyDearer;
}

/** Our own contenders, in the trials that the words name: there the base takes the baseline's place. */
function chosenPlan() {
  const ours = contenders.filter(({ name }) => name.startsWith('selectloop'));
  const chosen =
    words.length > 0
      ? trials
      : trials.filter(({ name, task }) => task !== undefined || USUAL_TRIALS.includes(name));
  return planFor(words, chosen, ours);
}

function pairsIn(paths) {
  return plan
    .filter(({ trial }) => trial.generator === undefined || trial.generator in paths)
    .flatMap(({ trial, entrants }) => entrants.map((each) => [trial, each]));
}

function isDearer({ ratio }) {
  return ratio.median > DEARER_BY && ratio.low > 1;
}

function verdict(row) {
  const { median, low, high } = row.ratio;
  const word = isDearer(row)
    ? 'DEARER'
    : median < 1 / DEARER_BY && high < 1
      ? 'cheaper'
      : 'no difference seen';
  return `${median.toFixed(3)} (${low.toFixed(3)}–${high.toFixed(3)}), now ${duration(row.costNs.median)}: ${word}`;
}
