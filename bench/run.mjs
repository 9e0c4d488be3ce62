/** `npm run bench`: measures, prints tables, writes results and a chart. */

import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { drawChart } from './chart.mjs';
import { contenders, leftOut } from './contenders.mjs';
import { allowDescriptors } from './descriptors.mjs';
import { BUSY, describeMachine, loadAverage, revision } from './machine.mjs';
import { measureTrial } from './measure.mjs';
import { positive, readOptions, refuse } from './options.mjs';
import { descriptorsOf, estimateSeconds, planFor, possibleWith, toolsOf } from './plan.mjs';
import { Progress, toTable } from './report.mjs';
import { isPinned, useAllocator } from './server-process.mjs';
import { findTools, whyNoInstructions } from './tools.mjs';
import { trials } from './trials.mjs';

const USAGE = `npm run bench [-- [options] word …]

Measures the trials and contenders whose names contain every word; a,b is either of two. Words that start with = must be the whole
of a word in the name: =1KiB. Without words, all of them: two hours.

  --rounds N     rounds at most, each with fresh processes (9)
  --minutes M    three rounds of each trial, and more where all of it takes no longer than this (45)
  --seconds S    how long each is under load in a round, in turns of 0.1 s at most (1)
  --warmup S     length of a part of warming up; three in a row without a gain end it (0.3)
  --steady S     and it lasts no longer than this (10)
  --quick        --rounds 3 --minutes 12 --seconds 0.3 --warmup 0.08
  --allocator A  kept: freed memory stays with each contender, so figures are steady; system: as glibc does it (kept)
  --out FILE     results as JSON (bench/build/results.json); a chart is drawn beside it
  --list         only tells what would be measured
  --help         this text
`;

const root = fileURLToPath(new URL('..', import.meta.url));
const { values, positionals } = readOptions(
  {
    allowPositionals: true,
    options: {
      help: { type: 'boolean', short: 'h', default: false },
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      warmup: { type: 'string' },
      steady: { type: 'string' },
      minutes: { type: 'string' },
      allocator: { type: 'string', default: 'kept' },
      quick: { type: 'boolean', default: false },
      out: { type: 'string', default: fileURLToPath(new URL('build/results.json', import.meta.url)) },
      list: { type: 'boolean', default: false },
    },
  },
  USAGE,
);

if (values.help) {
  process.stdout.write(USAGE);
  process.exit(0);
}

const settings = {
  rounds: positive('rounds', values.rounds ?? (values.quick ? 3 : 9)),
  seconds: positive('seconds', values.seconds ?? (values.quick ? 0.3 : 1)),
  warmupSeconds: positive('warmup', values.warmup ?? (values.quick ? 0.08 : 0.3)),
  steadySeconds: positive('steady', values.steady ?? 10),
  minutes: positive('minutes', values.minutes ?? (values.quick ? 12 : 45)),
  allocator: values.allocator,
};
if (!['kept', 'system'].includes(settings.allocator))
  refuse(`--allocator must be kept or system, got ${settings.allocator}\n\n${USAGE}`);
useAllocator(settings.allocator);

const plan = planFor(positionals, trials, contenders);
if (plan.length === 0) refuse(`Nothing is called so. Trials: ${trials.map(({ name }) => name).join('; ')}`);
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
  const wanted = Math.max(...plan.map(({ trial }) => descriptorsOf(trial)));
  const { steps, notices } = possibleWith(plan, tools.paths, allowDescriptors(wanted));
  const uncounted = 'load' in tools.paths ? await whyNoInstructions(tools.paths.load) : undefined;
  if (uncounted !== undefined)
    notices.push(`instructions: this machine does not count those of a process (${uncounted})`);
  for (const notice of notices) progress.keep(`${notice}\n`);
  if (loadAverage() > BUSY)
    progress.keep(`the machine is busy (load ${loadAverage().toFixed(1)}): do not trust these figures\n`);
  const results = {
    date: new Date().toISOString().slice(0, 10),
    revision: revision(root),
    machine: { ...describeMachine(), pinned: isPinned, loadAverage: loadAverage() },
    settings,
    versions: tools.versions,
    missing: { ...tools.missing, ...leftOut },
    notices,
    trials: [],
  };
  const estimates = steps.map((step) => estimateSeconds(step, settings));
  const minutes = Math.ceil(sum(estimates) / 60);
  progress.keep(`about ${Math.min(minutes, settings.minutes)} minutes\n`);
  const endMs = Date.now() + settings.minutes * 60_000;
  for (const [i, step] of steps.entries()) {
    // What is left of the time, shared among the trials that are left.
    const untilMs = Date.now() + ((endMs - Date.now()) * estimates[i]) / sum(estimates.slice(i));
    const label = `[${i + 1}/${steps.length}] ${step.trial.name}`;
    const { rows, failures } = await runStep(step, { ...settings, untilMs, paths: tools.paths }, (text) =>
      progress.show(`${label} ${text}`),
    );
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

function sum(numbers) {
  return numbers.reduce((total, each) => total + each, 0);
}

async function runStep({ trial, baseline, entrants }, options, show) {
  return measureTrial(trial, baseline, entrants, options, (contender, round, ratio) =>
    show(`round ${round}/${settings.rounds}: ${contender.name} ${ratio.toFixed(2)}`),
  );
}

/** After each trial: an hour's work outlives an interrupt. */
function save(results) {
  mkdirSync(dirname(values.out), { recursive: true });
  writeFileSync(values.out, `${JSON.stringify(results, null, 2)}\n`);
}
