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
 */
export function possibleWith(plan, paths) {
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
    if (reference !== baseline)
      notices.push(`${trial.name}: compared with ${reference.name}, not ${baseline.name}`);
    const present = entrants.filter((each) => each.needs in paths && each !== reference);
    steps.push({ trial, baseline: reference, entrants: present });
  }
  return { steps, notices };
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
