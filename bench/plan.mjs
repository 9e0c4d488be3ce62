/** Which contenders run in which trials, and which of them can here. */

/**
 * Trials with the contenders that can take part and whose names, the trial's and the contender's together,
 * match every word.
 * @param words each `a`, `a,b` (either), or `=a` (a whole word of the name, not a part of one); case does not
 *   matter
 */
export function planFor(words, trials, contenders) {
  const matchers = words.map((word) => matcher(word.toLowerCase()));
  return trials
    .map((trial) => ({
      trial,
      baseline: contenders.find(({ name }) => name === trial.baseline),
      fallback: contenders.find(({ name }) => name === trial.fallback),
      entrants: contenders.filter(
        (contender) =>
          contender.name !== trial.baseline &&
          contender.serves.includes(trial.serves) &&
          trial.among?.includes(contender.name) !== false &&
          !contender.lacks?.includes(trial.task) &&
          matchers.every((matches) => matches(`${trial.name} ${contender.name}`.toLowerCase())),
      ),
    }))
    .filter(({ entrants }) => entrants.length > 0);
}

/**
 * The plan as far as the tools that were found allow it, and what is left out or done in another way, in
 * words. A contender whose tool is missing is left out silently: that the tool is missing is said once.
 * @param plan from {@link planFor}
 * @param paths the tools that were found, by name
 * @param descriptors how many a process may have open
 */
export function possibleWith(plan, paths, descriptors = Number.POSITIVE_INFINITY) {
  const steps = [];
  const notices = [];
  for (const { trial, baseline, fallback, entrants } of plan) {
    const reference = [baseline, fallback].find((each) => each !== undefined && each.needs in paths);
    if (reference === undefined || (trial.generator !== undefined && !(trial.generator in paths))) {
      notices.push(
        `left out: ${trial.name} needs ${reference === undefined ? baseline.needs : trial.generator}`,
      );
      continue;
    }
    const needed = descriptorsOf(trial);
    if (needed > descriptors) {
      notices.push(
        `left out: ${trial.name} needs ${needed.toLocaleString('en')} descriptors in a process; ${descriptors.toLocaleString('en')} are allowed here, and prlimit may not raise that`,
      );
      continue;
    }
    if (reference !== baseline)
      notices.push(`${trial.name}: compared with ${reference.name}, not ${baseline.name}`);
    const present = entrants.filter((each) => each.needs in paths && each !== reference);
    steps.push({ trial, baseline: reference, entrants: present });
  }
  return { steps, notices };
}

/** Besides connections: files of the program, the listener, pollers. */
const OTHER_DESCRIPTORS = 200;

/** How many descriptors a trial takes in a process: those of the server are as many as the load's. */
export function descriptorsOf({ load = {} }) {
  const { connections = 0, idle = 0, beside = 0 } = load;
  return connections + idle + beside + OTHER_DESCRIPTORS;
}

/** Measured: a process starts; a window of warming up is not the last one; programs of operations. */
const START_SECONDS = 0.4;
const WARMING_WINDOWS = 5;
const PROGRAM_SECONDS = 2.5;
const IDLE_PER_SECOND = 15_000;

/** About how long a step takes, with the baseline measured once for two contenders. */
export function estimateSeconds({ trial, entrants }, { rounds, seconds, warmupSeconds }) {
  const patience = trial.patience ?? 1;
  const sample =
    trial.load === undefined
      ? PROGRAM_SECONDS
      : START_SECONDS +
        patience * (seconds + WARMING_WINDOWS * warmupSeconds) +
        (trial.load.idle ?? 0) / IDLE_PER_SECOND;
  return rounds * 1.5 * entrants.length * sample;
}

/** The tools that a plan would use, if they are there. */
export function toolsOf(plan) {
  return plan
    .flatMap(({ trial, baseline, fallback, entrants }) => [
      trial.generator,
      ...[baseline, fallback, ...entrants].map((contender) => contender?.needs),
    ])
    .filter((name) => name !== undefined);
}

function matcher(word) {
  const alternatives = word.split(',');
  return (text) => alternatives.some((each) => contains(text, each));
}

function contains(text, word) {
  return word.startsWith('=') ? text.split(' ').includes(word.slice(1)) : text.includes(word);
}
