/** Which contenders run in which trials. */

/**
 * Trials with the contenders that can take part and whose names, the trial's and the contender's together, match every word.
 * @param words each `a`, `a,b` (either), or `=a` (a whole word of the name, not a part of one); case does not matter
 */
export function planFor(words, trials, contenders) {
  const matchers = words.map((word) => matcher(word.toLowerCase()));
  return trials
    .map((trial) => ({
      trial,
      baseline: contenders.find(({ name }) => name === trial.baseline),
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

function matcher(word) {
  const alternatives = word.split(',');
  return (text) => alternatives.some((each) => contains(text, each));
}

function contains(text, word) {
  return word.startsWith('=') ? text.split(' ').includes(word.slice(1)) : text.includes(word);
}
