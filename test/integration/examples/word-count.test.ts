/**
 * MapReduce, by examples/processes/word-count.ts with the workers' word-count-work.ts and the text of
 * word-count-data.ts beside it: right, and the same on threads and in processes.
 */
import { expect, test } from 'vitest';
import { textOf } from '../../../examples/processes/word-count-data.ts';
import { countWords } from '../../../examples/processes/word-count-work.ts';
import { startProgram } from '../../support/run-program.ts';
import { sized } from '../../support/size.ts';

const MIB = sized(4, 1024);

/** Counts another way: the occurrences of one word in the whole text. */
function occurrences(word: string): number {
  const pattern = new RegExp(`(?<![a-z])${word}(?![a-z])`, 'g');
  const text = textOf(MIB);
  let count = 0;
  for (let chunk = text.next(); chunk !== null; chunk = text.next())
    count += Buffer.from(chunk).toString('latin1').match(pattern)?.length ?? 0;
  return count;
}

test('threads and processes count the same, and the bar gets to its end', { timeout: 600_000 }, async () => {
  const program = startProgram('examples/processes/word-count.ts', {
    env: { MIB: String(MIB), WORKERS: '2', BAR: '1' },
  });
  expect(await program.waitForExit(500_000), program.stderr).toBe(0);
  const [threads = '', processes = ''] = program.lines;
  expect(processes.replace('processes', 'threads')).toBe(threads);
  const [, top, count] = /^threads: \d+ words, \d+ different; (\w+) (\d+), /.exec(threads) ?? [];
  expect(occurrences(top as string)).toBe(Number(count));
  const bars = program.stderr.split(/[\r\n]/).filter((line) => line.startsWith('['));
  expect(bars.at(-1)).toMatch(new RegExp(`^\\[#{20}\\] 100 %, ${MIB} MiB, \\d+ MiB/s`));
  expect(bars.filter((line) => line.startsWith('[####################]'))).toHaveLength(2);
});

test('a text of any length is made of whole words', () => {
  const text = textOf(400);
  for (let chunk = text.next(); chunk !== null; chunk = text.next()) expect(chunk.at(-1)).toBe(10);
});

test('the words of a piece of text', () => {
  expect(countWords(Buffer.from('a bb a\nbb  a\n'))).toEqual(
    new Map([
      ['a', 3],
      ['bb', 2],
    ]),
  );
});
