/** How pairs are measured, on programs whose cost is known because they only claim it. */
import { expect, test } from 'vitest';

interface Contender {
  name: string;
  command(): string[];
}
interface Outcome {
  rows: { contender: string; rounds: number; ratio: { median: number }; costNs: { median: number } }[];
  failures: Record<string, string>;
}

const { measureTrial } = (await import(new URL('../../../bench/measure.mjs', import.meta.url).href)) as {
  measureTrial(
    trial: {
      name: string;
      task?: string;
      program?: readonly string[];
      serves?: string;
      generator?: string;
      load?: object;
    },
    baseline: Contender,
    contenders: readonly Contender[],
    options: { rounds: number; paths: object; seconds?: number; warmupSeconds?: number },
    onSample: (contender: Contender, round: number, ratio: number) => void,
  ): Promise<Outcome>;
};

const claiming = (name: string, script: string): Contender => ({
  name,
  command: () => [process.execPath, '-e', script],
});
const trial = { name: 'task', task: 'task' };
const baseline = claiming('baseline', 'console.log("task 10")');

test('ratios are to the baseline, rows come cheapest first', async () => {
  const dear = claiming('dear', 'console.log("task 30")');
  const cheap = claiming('cheap', 'console.log("task 5")');
  const seen: string[] = [];
  const { rows, failures } = await measureTrial(
    trial,
    baseline,
    [dear, cheap],
    { rounds: 2, paths: {} },
    ({ name }, round, ratio) => seen.push(`${round} ${name} ${ratio}`),
  );
  expect(rows.map(({ contender, ratio }) => [contender, ratio.median])).toEqual([
    ['cheap', 0.5],
    ['baseline', 1],
    ['dear', 3],
  ]);
  // The baseline stands between the two, and serves both.
  expect(rows.map(({ rounds }) => rounds)).toEqual([2, 2, 2]);
  expect(seen.toSorted()).toEqual(['1 cheap 0.5', '1 dear 3', '2 cheap 0.5', '2 dear 3']);
  expect(failures).toEqual({});
}, 60_000);

test('who fails is left out with its own words, the others stay', async () => {
  const broken = claiming('broken', 'throw new Error("out of order")');
  const silent = claiming('silent', '');
  const fine = claiming('fine', 'console.log("task 20")');
  const { rows, failures } = await measureTrial(
    trial,
    baseline,
    [broken, silent, fine],
    { rounds: 2, paths: {} },
    () => {},
  );
  expect(rows.map(({ contender }) => contender)).toEqual(['baseline', 'fine']);
  expect(failures.broken).toContain('out of order');
  expect(failures.silent).toContain('ns_per_op');
}, 60_000);

test('programs that tell the time of each operation are compared by the median', async () => {
  const times = { name: 'times', program: ['1', '2'] };
  const slow = claiming('slow', 'console.log("2\\n8\\n5\\n7\\n900")');
  const fast = claiming('fast', 'console.log(process.argv.slice(1).join("\\n"))');
  const { rows } = await measureTrial(times, fast, [slow], { rounds: 1, paths: {} }, () => {});
  expect(rows.map(({ contender, costNs }) => [contender, costNs.median])).toEqual([
    ['fast', 1500],
    ['slow', 7000],
  ]);
  const wrong = claiming('wrong', 'console.log("times 7")');
  const { failures } = await measureTrial(times, fast, [wrong], { rounds: 1, paths: {} }, () => {});
  expect(failures).toEqual({ wrong: 'expected microseconds, got "times 7"' });
});

test('a server that ends under load is left out with its own words, not with those of its clients', async () => {
  const script = 'console.log("listening 1"); throw new Error("no such API")';
  const server = { name: 'server', command: () => [process.execPath, '-e', script, '--'] };
  const { failures } = await measureTrial(
    { name: 'echo', serves: 'tcp', generator: 'load', load: {} },
    server,
    [server],
    { rounds: 1, paths: { load: 'false' }, seconds: 1, warmupSeconds: 1 },
    () => {},
  );
  expect(failures).toEqual({ server: 'Error: no such API' });
}, 60_000);
