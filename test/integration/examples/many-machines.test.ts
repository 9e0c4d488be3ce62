/**
 * Work that several processes share by Redis: examples/many-machines/shared-word-count.ts and
 * examples/crawler/crawler.ts. One is killed while it has jobs; nothing is lost, nothing counted twice.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { textOf } from '../../../examples/processes/word-count-data.ts';
import { countWords } from '../../../examples/processes/word-count-work.ts';
import { type Program, startProgram } from '../../support/run-program.ts';
import { sized } from '../../support/size.ts';
import { onTeardown } from '../../support/teardown.ts';
import { expectWhole, reportOf, resultsOf, startSite } from './crawled-site.ts';
import { hasRedis, startRedis, withoutRedis } from './redis-server.ts';

const CLAIM_AFTER_MS = 1500;

let text: Uint8Array;
let expected: string;

beforeAll(() => {
  text = (textOf(1).next() as Uint8Array).subarray(0, sized(256, 1024) * 1024);
  const words = [...countWords(text)].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  const sum = words.reduce((before, [, count]) => before + count, 0);
  const top = words.slice(0, 5).map(([word, count]) => `${word} ${count}`);
  expected = `${sum} words, ${words.length} different; ${top.join(', ')}`;
});

function textFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'words-'));
  onTeardown(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'text'), text);
  return join(folder, 'text');
}

test('one process, chunks of any size: the words are those of the whole text', async () => {
  const path = textFile();
  const programs = ['1', '333'].map((kib) =>
    startProgram('examples/many-machines/shared-word-count.ts', {
      args: [path, '--threads', '1', '--chunk-kib', kib],
    }),
  );
  for (const program of programs) {
    expect(await program.waitForExit(60_000), program.stderr).toBe(0);
    expect(program.lines).toEqual([expected]);
  }
});

test('a file that is not there: one line', async () => {
  const program = startProgram('examples/many-machines/shared-word-count.ts', { args: ['/nowhere'] });
  expect(await program.waitForExit()).toBe(1);
  expect(program.stderr).toMatch(/^shared-word-count: ENOENT: .*\n$/);
});

/** Kills a process at a moment when it has jobs. */
async function killAtWork({ child }: Program, redis: Redis, name: string): Promise<void> {
  const pendingNow = async (): Promise<number> => {
    const consumers = (await redis.xinfo('CONSUMERS', `${name}:stream`, 'workers')) as unknown[][];
    const own = consumers.find(([, consumer]) => String(consumer).endsWith(`-${child.pid}`));
    return Number(own?.[own.indexOf('pending') + 1] ?? 0);
  };
  for (;;) {
    await vi.waitFor(async () => expect(await pendingNow()).toBeGreaterThan(0), {
      timeout: 20_000,
      interval: 5,
    });
    child.kill('SIGSTOP');
    if ((await pendingNow()) > 0) break;
    child.kill('SIGCONT');
  }
  child.kill('SIGKILL');
}

/** Three processes with these arguments, of which the first is killed; what the others say. */
async function killOneOfThree(path: string, args: string[], name: string): Promise<string[]> {
  const address = await startRedis();
  const redis = new Redis(address);
  onTeardown(() => redis.disconnect());
  const all = [...args, '--redis', address, '--claim-after-ms', String(CLAIM_AFTER_MS)];
  const start = (): Program => startProgram(path, { args: all });
  const victim = start();
  await killAtWork(victim, redis, name);
  const others = [start(), start()];
  const lines: string[] = [];
  for (const program of others) {
    expect(await program.waitForExit(60_000), program.stderr).toBe(0);
    expect(program.stderr).toBe('');
    lines.push(...program.lines);
  }
  expect(await redis.xlen(`${name}:stream`)).toBe(0);
  return lines;
}

describe.skipIf(!hasRedis)(`three processes${hasRedis ? '' : `, skipped: ${withoutRedis}`}`, () => {
  test('count words, one is killed', async () => {
    // Hundreds of chunks: enough to be found at work.
    const args = [textFile(), '--threads', '1', '--chunk-kib', '1'];
    const lines = await killOneOfThree('examples/many-machines/shared-word-count.ts', args, 'word-count');
    expect(lines).toEqual([expected, expected]);
  });

  test('crawl, one is killed: all pages are visited, and each is counted once', async () => {
    const site = await startSite(80, { LATENCY_MS: '10' });
    const args = [`http://127.0.0.1:${site.port}/`, '--workers', '5'];
    const lines = await killOneOfThree('examples/crawler/crawler.ts', args, 'crawl');
    expect(lines).toEqual([resultsOf(80), resultsOf(80)]);
    // Some were asked for twice: what the killed one had, and what a slow machine let lie for too long.
    expectWhole(await reportOf(site), 80);
  });
});
