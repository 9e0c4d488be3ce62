/**
 * Measures trials: every figure is CPU time, user and system (of programs of microseconds: time), beside the
 * same of the baseline measured in the same round.
 */

import { IDLE_CONNECTIONS, measureIdleHeap } from './idle-heap.mjs';
import { applyLoad, runProgram, startServer } from './server-process.mjs';
import { median, quantile, shuffle, spread } from './statistics.mjs';

/**
 * One sample of one contender in a process of its own.
 * @returns {Promise<{ costNs: number, [more: string]: number }>} `costNs`: CPU nanoseconds per message or per
 *   operation
 */
export async function measure(trial, contender, { paths, seconds, warmupSeconds }) {
  const command = contender.command(paths);
  if (trial.program !== undefined) {
    return costsOfEach(await runProgram([...command, ...trial.program], contender.env, trial.allCores));
  }
  if (trial.task !== undefined) {
    const output = await runProgram([...command, trial.task], contender.env);
    return { costNs: costOf(output) };
  }
  const server = await startServer(command, trial.serves, contender.env, trial.allCores);
  try {
    const patience = trial.patience ?? 1;
    const load = { ...trial.load, seconds: seconds * patience, warmup: warmupSeconds * patience };
    const report = await applyLoad(paths[trial.generator], server, load);
    return {
      costNs: (report.serverCpuSeconds / report.messages) * 1e9,
      messagesPerSecond: report.messagesPerSecond,
      p50Us: report.p50Us,
      p99Us: report.p99Us,
      serverShare: report.serverCpuSeconds / report.seconds,
      loadShare: report.loadCpuSeconds / report.seconds,
      ...(contender.tellsSpread && { largestShare: largestShare(await server.ask('SIGUSR2')) }),
      ...(trial.load.idle > 0 && {
        bytesPerIdle: report.idleBytes / trial.load.idle,
        ...(contender.tellsHeap && { heapPerIdle: await heapPerIdle(command, contender.env) }),
      }),
    };
  } finally {
    await server.stop();
  }
}

/** In a process of its own: garbage collections on demand would disturb what else is measured. */
async function heapPerIdle(command, env) {
  const { heapBytes } = await measureIdleHeap(command, IDLE_CONNECTIONS, env);
  return heapBytes;
}

/** What a program prints that tells the microseconds of each of many operations. */
function costsOfEach(output) {
  const times = output.trim().split('\n').map(Number);
  if (!times.every((time) => time > 0))
    throw new Error(`expected microseconds, got "${output.trim().slice(0, 80)}"`);
  const cost = quantile(times, 0.5);
  return { costNs: cost * 1e3, p50Us: cost, p99Us: quantile(times, 0.99) };
}

/** Which part of the connections the busiest thread has had. */
function largestShare(line) {
  const counts = JSON.parse(line);
  return Math.max(...counts) / counts.reduce((sum, count) => sum + count, 0);
}

function costOf(output) {
  const cost = Number(output.trim().split(/\s+/)[1]);
  if (!(cost > 0)) throw new Error(`expected "NAME ns_per_op", got "${output.trim()}"`);
  return cost;
}

/**
 * Measures a trial: in each round every contender once, in random order, each time beside the baseline, in
 * random order too. What slows the machine down for a while slows both of a pair, and falls out of their
 * ratio.
 *
 * @param onSample called after each pair, with the contender, the round and the ratio
 * @returns rows, cheapest first, and those who failed, with their own words
 */
export async function measureTrial(trial, baseline, contenders, options, onSample) {
  const samples = new Map([[baseline, []], ...contenders.map((contender) => [contender, []])]);
  const failures = new Map();
  for (let round = 1; round <= options.rounds; round++) {
    for (const contender of shuffle(contenders)) {
      if (failures.has(contender)) continue;
      try {
        const pair = await measurePair(trial, baseline, contender, options);
        samples.get(baseline).push(pair.baseline);
        samples.get(contender).push(pair.contender);
        onSample(contender, round, pair.contender.ratio);
      } catch (error) {
        failures.set(contender, error.message);
      }
    }
  }
  const rows = [...samples]
    .filter(([contender, list]) => list.length > 0 && !failures.has(contender))
    .map(toRow);
  return {
    rows: rows.toSorted((a, b) => a.ratio.median - b.ratio.median),
    failures: Object.fromEntries([...failures].map(([contender, reason]) => [contender.name, reason])),
  };
}

async function measurePair(trial, baseline, contender, options) {
  const results = new Map();
  for (const each of shuffle([baseline, contender])) results.set(each, await measure(trial, each, options));
  const reference = results.get(baseline);
  const sample = results.get(contender);
  return {
    baseline: { ...reference, ratio: 1 },
    contender: { ...sample, ratio: sample.costNs / reference.costNs },
  };
}

function toRow([contender, samples]) {
  const [first] = samples;
  const others = Object.keys(first).filter((key) => key !== 'costNs' && key !== 'ratio');
  return {
    contender: contender.name,
    rounds: samples.length,
    ratio: spread(samples.map(({ ratio }) => ratio)),
    costNs: spread(samples.map(({ costNs }) => costNs)),
    ...Object.fromEntries(others.map((key) => [key, median(samples.map((sample) => sample[key]))])),
  };
}
