/**
 * Measures trials: every figure is CPU time, user and system (of programs of microseconds: time), beside the
 * same of the baseline measured in the same round.
 */

import { IDLE_CONNECTIONS, measureIdleHeap } from './idle-heap.mjs';
import { applyLoad, runProgram, startServer } from './server-process.mjs';
import { median, quantile, shuffle, spread } from './statistics.mjs';

/** A median of fewer says nothing. */
const ROUNDS_MIN = 3;

/**
 * One sample of one contender in a process of its own.
 * @returns {Promise<{ costNs: number, [more: string]: number }>} `costNs`: CPU nanoseconds per message or per
 *   operation
 */
export async function measure(trial, contender, { paths, seconds, warmupSeconds, steadySeconds }) {
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
    const load = {
      ...trial.load,
      seconds: seconds * patience,
      warmup: warmupSeconds * patience,
      steady: steadySeconds,
    };
    const report = await applyLoad(paths[trial.generator], server, load);
    return {
      costNs: trial.comparesAnswers ? report.p50Us * 1e3 : (report.serverCpuSeconds / report.messages) * 1e9,
      messagesPerSecond: report.messagesPerSecond,
      p50Us: report.p50Us,
      p99Us: report.p99Us,
      serverShare: report.serverCpuSeconds / report.seconds,
      loadShare: report.loadCpuSeconds / report.seconds,
      warmupSeconds: report.warmupSeconds,
      ...(report.serverInstructions > 0 && { instructionsEach: report.serverInstructions / report.messages }),
      ...(contender.tellsSpread && { largestShare: largestShare(await server.ask('SIGUSR2')) }),
      ...(trial.load.idle > 0 && {
        bytesPerIdle: report.idleBytes / trial.load.idle,
        ...(contender.tellsHeap && { heapPerIdle: await heapPerIdle(command, contender.env) }),
      }),
    };
  } catch (error) {
    throw (await server.ended()) ?? error;
  } finally {
    await server.stop();
  }
}

/**
 * In a process of its own: garbage collections on demand would disturb what else is measured. Once for each
 * contender: a heap after a collection does not vary.
 */
async function heapPerIdle(command, env) {
  const key = JSON.stringify([command, env]);
  if (!idleHeaps.has(key))
    idleHeaps.set(key, (await measureIdleHeap(command, IDLE_CONNECTIONS, env)).heapBytes);
  return idleHeaps.get(key);
}
const idleHeaps = new Map();

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
 * Measures a trial: in each round every contender once, in random order, right before or right after the
 * baseline. What slows the machine down for a while slows both of a pair, and falls out of their ratio.
 *
 * @param options `rounds`; `untilMs`: when no round begins any more, if there were three (`Date.now()`)
 * @param onSample called after each pair, with the contender, the round and the ratio
 * @returns rows, cheapest first, and those who failed, with their own words
 */
export async function measureTrial(trial, baseline, contenders, options, onSample) {
  const samples = new Map([[baseline, []], ...contenders.map((contender) => [contender, []])]);
  const failures = new Map();
  const isTimeLeft = () => Date.now() < (options.untilMs ?? Number.POSITIVE_INFINITY);
  for (let round = 1; round <= options.rounds && (round <= ROUNDS_MIN || isTimeLeft()); round++) {
    const present = shuffle(contenders).filter((contender) => !failures.has(contender));
    for (let next = 0; next < present.length; next += 2) {
      const neighbours = present.slice(next, next + 2);
      const results = await measureNeighbours(trial, baseline, neighbours, options);
      const reference = results.get(baseline);
      if (!(reference instanceof Error)) samples.get(baseline).push({ ...reference, ratio: 1 });
      for (const contender of neighbours) {
        const error = [results.get(contender), reference].find((result) => result instanceof Error);
        if (error !== undefined) {
          failures.set(contender, error.message);
          continue;
        }
        const sample = results.get(contender);
        const ratio = sample.costNs / reference.costNs;
        samples.get(contender).push({ ...sample, ratio });
        onSample(contender, round, ratio);
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

/** The baseline between two contenders, or beside one: one measurement of it serves both. */
async function measureNeighbours(trial, baseline, neighbours, options) {
  const [first, second] = neighbours;
  const order = second === undefined ? shuffle([first, baseline]) : [first, baseline, second];
  const results = new Map();
  for (const each of order) {
    const attempt = () => measure(trial, each, options);
    // Once more: a machine that is busy for a while makes a start time out.
    results.set(
      each,
      await attempt()
        .catch(attempt)
        .catch((error) => error),
    );
  }
  return results;
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
