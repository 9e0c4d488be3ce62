/**
 * Measures trials: every figure is CPU time, user and system (of programs of microseconds: time), beside the
 * same of the baseline measured in the same round.
 */

import { IDLE_CONNECTIONS, measureIdleHeap } from './idle-heap.mjs';
import { startLoad } from './load-process.mjs';
import { runProgram, startServer } from './server-process.mjs';
import { median, quantile, shuffle, spread } from './statistics.mjs';

/** A median of fewer says nothing. */
const ROUNDS_MIN = 3;

/**
 * How long one has the load before the next has it: shorter than most of what disturbs a machine, longer
 * than what a connection waits for its first answer.
 */
const TURN_SECONDS = 0.1;

/**
 * One sample of a contender whose program measures itself, in a process of its own.
 * @returns {Promise<{ costNs: number, [more: string]: number }>} `costNs`: CPU nanoseconds per operation
 */
async function runOnce(trial, contender, { paths }) {
  const command = contender.command(paths);
  if (trial.program !== undefined) {
    return costsOfEach(await runProgram([...command, ...trial.program], contender.env, trial.allCores));
  }
  const output = await runProgram([...command, trial.task], contender.env);
  return { costNs: costOf(output) };
}

/**
 * A contender's server, warm, in a process of its own.
 * @returns what takes its turns; `sample()` is what all of them together have shown, as of {@link runOnce},
 *   with CPU nanoseconds per message
 */
async function startWarm(trial, contender, { paths, seconds, warmupSeconds, steadySeconds }) {
  const command = contender.command(paths);
  const server = await startServer(command, trial.serves, contender.env, trial.allCores);
  const inItsWords = async (error) => {
    throw (await server.ended()) ?? error;
  };
  const patience = trial.patience ?? 1;
  const options = {
    ...trial.load,
    seconds: Math.min(seconds, TURN_SECONDS) * patience,
    warmup: warmupSeconds * patience,
    steady: steadySeconds,
  };
  const reports = [];
  try {
    const load = await startLoad(paths[trial.generator], server, options).catch(inItsWords);
    return {
      takeTurn: async () => void reports.push(await load.takeTurn().catch(inItsWords)),
      sample: async () => ({
        ...sampleOf(trial, reports),
        ...(contender.tellsSpread && { largestShare: largestShare(await server.ask('SIGUSR2')) }),
        ...(trial.load.idle > 0 &&
          contender.tellsHeap && { heapPerIdle: await heapPerIdle(command, contender.env) }),
      }),
      stop: async () => {
        load.stop();
        await server.stop();
      },
    };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

/** What all turns say together: the cost of all their messages, and medians of what each turn had. */
function sampleOf(trial, reports) {
  const total = (key) => reports.reduce((sum, report) => sum + report[key], 0);
  const typical = (key) => median(reports.map((report) => report[key]));
  const [{ warmupSeconds, idleBytes }] = reports;
  return {
    costNs: trial.comparesAnswers
      ? typical('p50Us') * 1e3
      : (total('serverCpuSeconds') / total('messages')) * 1e9,
    messagesPerSecond: total('messages') / total('seconds'),
    p50Us: typical('p50Us'),
    p99Us: typical('p99Us'),
    serverShare: total('serverCpuSeconds') / total('seconds'),
    loadShare: total('loadCpuSeconds') / total('seconds'),
    warmupSeconds,
    ...(reports[0].serverInstructions > 0 && {
      instructionsEach: total('serverInstructions') / total('messages'),
    }),
    ...(trial.load.idle > 0 && { bytesPerIdle: idleBytes / trial.load.idle }),
  };
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
 * Measures a trial: in each round every contender once, in random order, in turns with the baseline, or right
 * before or after it. What slows the machine down for a while slows both of a pair, and falls out of their
 * ratio.
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

/**
 * The baseline and one or two contenders: one measurement of it serves both.
 * @returns contender → its sample, or the Error that kept it from one
 */
async function measureNeighbours(trial, baseline, neighbours, options) {
  return trial.generator === undefined
    ? measureInOrder(trial, baseline, neighbours, options)
    : measureInTurns(trial, [baseline, ...neighbours], options);
}

/** One program after the other, the baseline between the others. */
async function measureInOrder(trial, baseline, [first, second], options) {
  const order = second === undefined ? shuffle([first, baseline]) : [first, baseline, second];
  const results = new Map();
  for (const each of order) results.set(each, await twice(() => runOnce(trial, each, options)));
  return results;
}

/**
 * All servers are there, warm, and take turns: what slows the machine down for a second slows all of them.
 * Who has failed has no more turns.
 */
async function measureInTurns(trial, contenders, options) {
  const results = new Map();
  const warm = new Map();
  try {
    for (const each of contenders) {
      const started = await twice(() => startWarm(trial, each, options));
      if (started instanceof Error) results.set(each, started);
      else warm.set(each, started);
    }
    for (let turn = 0; turn < Math.max(1, Math.round(options.seconds / TURN_SECONDS)); turn++) {
      for (const each of shuffle([...warm.keys()]).filter((one) => !results.has(one)))
        await warm
          .get(each)
          .takeTurn()
          .catch((error) => results.set(each, error));
    }
    for (const [each, { sample }] of warm)
      if (!results.has(each)) results.set(each, await sample().catch((error) => error));
    return results;
  } finally {
    for (const { stop } of warm.values()) await stop();
  }
}

/**
 * Once more if it fails: a machine that is busy for a while makes a start time out. Returns the Error if that
 * fails, too.
 */
async function twice(attempt) {
  return attempt()
    .catch(attempt)
    .catch((error) => error);
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
