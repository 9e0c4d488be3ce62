/** `npm run bench`: measures, prints tables, writes results and a chart. */

import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { drawChart } from './chart.mjs';
import { contenders } from './contenders.mjs';
import { BUSY, describeMachine, loadAverage, revision } from './machine.mjs';
import { measureTrial } from './measure.mjs';
import { planFor, possibleWith, toolsOf } from './plan.mjs';
import { Progress, toTable } from './report.mjs';
import { isPinned } from './server-process.mjs';
import { findTools } from './tools.mjs';
import { trials } from './trials.mjs';

const USAGE = `npm run bench [-- [options] word …]

Measures the trials and contenders whose names contain every word; a,b is either of two. Words that start with = must be the whole
of a word in the name: =1KiB. Without words, all of them: about an hour.

  --rounds N     rounds, each with fresh processes (5)
  --seconds S    length of a measurement under load (1)
  --warmup S     length of the load before it (0.5)
  --quick        --rounds 3 --seconds 0.3 --warmup 0.3
  --out FILE     results as JSON (bench/build/results.json); a chart is drawn beside it
  --list         only tells what would be measured
  --help         this text
`;

const root = fileURLToPath(new URL('..', import.meta.url));
const { values, positionals } = readArguments({
  allowPositionals: true,
  options: {
    help: { type: 'boolean', short: 'h', default: false },
    rounds: { type: 'string' },
    seconds: { type: 'string' },
    warmup: { type: 'string' },
    quick: { type: 'boolean', default: false },
    out: { type: 'string', default: fileURLToPath(new URL('build/results.json', import.meta.url)) },
    list: { type: 'boolean', default: false },
  },
});

if (values.help) {
  process.stdout.write(USAGE);
  process.exit(0);
}

const settings = {
  rounds: positive('rounds', values.quick ? 3 : 5),
  seconds: positive('seconds', values.quick ? 0.3 : 1),
  warmupSeconds: positive('warmup', values.quick ? 0.3 : 0.5),
};

function readArguments(config) {
  try {
    return parseArgs(config);
  } catch (error) {
    process.stderr.write(`${error.message}\n\n${USAGE}`);
    return process.exit(2);
  }
}

function positive(name, fallback) {
  const value = Number(values[name] ?? fallback);
  if (!(value > 0)) throw new RangeError(`--${name} must be a number above 0, got ${values[name]}`);
  return value;
}

const plan = planFor(positionals, trials, contenders);
if (plan.length === 0) {
  process.stderr.write(`Nothing is called so. Trials: ${trials.map(({ name }) => name).join('; ')}\n`);
  process.exit(2);
}
if (values.list) {
  for (const { trial, entrants } of plan) {
    process.stdout.write(`${trial.name}: ${entrants.map(({ name }) => name).join(', ')}\n`);
  }
} else {
  await runAll();
}

async function runAll() {
  const progress = new Progress();
  progress.show('building peers');
  const tools = await findTools(toolsOf(plan));
  for (const [name, reason] of Object.entries(tools.missing)) progress.keep(`skipped: ${name}: ${reason}\n`);
  const { steps, notices } = possibleWith(plan, tools.paths);
  for (const notice of notices) progress.keep(`${notice}\n`);
  if (loadAverage() > BUSY)
    progress.keep(`the machine is busy (load ${loadAverage().toFixed(1)}): do not trust these figures\n`);
  const results = {
    date: new Date().toISOString().slice(0, 10),
    revision: revision(root),
    machine: { ...describeMachine(), pinned: isPinned, loadAverage: loadAverage() },
    settings,
    versions: tools.versions,
    missing: tools.missing,
    notices,
    trials: [],
  };
  for (const [i, step] of steps.entries()) {
    const label = `[${i + 1}/${steps.length}] ${step.trial.name}`;
    const { rows, failures } = await runStep(step, tools, (text) => progress.show(`${label} ${text}`));
    progress.keep(`\n${step.trial.group}: ${step.trial.title}\n${toTable(rows, step.trial.price)}`);
    for (const [name, reason] of Object.entries(failures)) progress.keep(`  failed: ${name}: ${reason}\n`);
    const { name, group, title, price } = step.trial;
    results.trials.push({ name, group, title, price, baseline: step.baseline.name, rows, failures });
    save(results);
  }
  const chart = values.out.replace(/(\.json)?$/, '.svg');
  writeFileSync(chart, await drawChart(results.trials));
  progress.keep(`\nresults: ${relative('.', values.out)}, chart: ${relative('.', chart)}\n`);
}

async function runStep({ trial, baseline, entrants }, tools, show) {
  const options = { ...settings, paths: tools.paths };
  return measureTrial(trial, baseline, entrants, options, (contender, round, ratio) =>
    show(`round ${round}/${settings.rounds}: ${contender.name} ${ratio.toFixed(2)}`),
  );
}

/** After each trial: an hour's work outlives an interrupt. */
function save(results) {
  mkdirSync(dirname(values.out), { recursive: true });
  writeFileSync(values.out, `${JSON.stringify(results, null, 2)}\n`);
}
