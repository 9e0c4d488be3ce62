/** What is left out of a plan, and how long the rest takes. */
import { expect, test } from 'vitest';

interface Trial {
  name: string;
  baseline: string;
  load?: { connections: number; idle?: number };
}
interface Contender {
  name: string;
  needs: string;
}
interface Step {
  trial: Trial;
  baseline?: Contender;
  entrants: Contender[];
}

const { estimateSeconds, possibleWith } = (await import(
  new URL('../../../bench/plan.mjs', import.meta.url).href
)) as {
  possibleWith(
    plan: readonly Step[],
    paths: object,
    descriptors?: number,
  ): { steps: Step[]; notices: string[] };
  estimateSeconds(step: Step, settings: { rounds: number; seconds: number; warmupSeconds: number }): number;
};

const limit = { name: 'limit', needs: 'limit' };
const ours = { name: 'ours', needs: 'node' };
const few = { name: 'few', baseline: 'limit', load: { connections: 50 } };
const many = { name: 'many', baseline: 'limit', load: { connections: 1, idle: 50_000 } };
const plan = [few, many].map((trial) => ({ trial, baseline: limit, entrants: [ours] }));
const paths = { limit: '/limit', node: '/node' };

test('a trial that needs more descriptors than a process may have is left out, with both numbers', () => {
  const { steps, notices } = possibleWith(plan, paths, 20_000);
  expect(steps.map(({ trial }) => trial.name)).toEqual(['few']);
  expect(notices).toEqual([
    expect.stringMatching(/^left out: many needs 50,201 descriptors .* 20,000 are allowed/),
  ]);
  expect(possibleWith(plan, paths, 60_000).steps).toHaveLength(2);
});

test('the estimate grows with rounds, contenders and the length of a measurement', () => {
  const settings = { rounds: 3, seconds: 0.3, warmupSeconds: 0.1 };
  const [step] = plan as [Step, ...Step[]];
  const seconds = estimateSeconds(step, settings);
  expect(estimateSeconds(step, { ...settings, rounds: 6 })).toBeCloseTo(2 * seconds);
  expect(estimateSeconds({ ...step, entrants: [ours, ours, ours] }, settings)).toBeCloseTo(3 * seconds);
  expect(estimateSeconds(step, { ...settings, seconds: 1.3 })).toBeCloseTo(seconds + 4.5);
});
