/**
 * Context, loops of one's own, and shutdown in full: examples/context, examples/own-loop,
 * examples/shutdown/job-server.ts.
 */
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTask, gather, run, runGuest, sleep } from 'selectloop';
import { afterAll, describe, expect, test } from 'vitest';
import { Countdown, Once } from '../../../examples/own-loop/custom-awaitable.ts';
import { Bus } from '../../../examples/own-loop/either-kind.ts';
import { turnsBeside } from '../../../examples/own-loop/force-a-pass.ts';
import { startProgram } from '../../support/run-program.ts';
import { connectClient, type Server, startServer, until } from './server-process.ts';

test.each([
  [
    'either-kind.ts',
    ['at once: hello', 'later: hello', 'failed: not today', 'at once: bye', 'later: bye', '0 failed'],
  ],
  ['custom-loop.ts', [expect.stringMatching(/^\d{2,} s on the loop's clock, 11 tasks done$/)]],
  [
    'force-a-pass.ts',
    [
      expect.stringMatching(/^without sleep\(0\): 9592 primes, 0 turns /),
      expect.stringMatching(/^with sleep\(0\) every 1000: 9592 primes, 99 turns /),
    ],
  ],
  [
    'custom-awaitable.ts',
    [
      '3',
      '2',
      '1',
      'lift-off',
      'ada got the news, one was cancelled, cleo got the news',
      'whoever comes late too got the news',
    ],
  ],
])('%s, as a program', async (name, lines) => {
  const program = startProgram(`examples/own-loop/${name}`);
  expect(await program.waitForExit(30_000), program.stderr).toBe(0);
  expect(program.lines).toEqual(lines);
});

test('subscribers of either kind, in a guest async functions too', async () => {
  const heard: string[] = [];
  const bus = new Bus<string>();
  bus.subscribe((event) => void heard.push(`plain ${event}`));
  bus.subscribe(function* (event) {
    yield* sleep(1);
    heard.push(`coroutine ${event}`);
  });
  run(() => bus.publish('one'));
  const leave = bus.subscribe(async (event) => {
    await Promise.resolve();
    heard.push(`async ${event}`);
  });
  await runGuest(() => bus.publish('two'));
  leave();
  await runGuest(() => bus.publish('three'));
  expect(heard.toSorted()).toEqual(
    ['one', 'two', 'three']
      .flatMap((event) => [`plain ${event}`, `coroutine ${event}`])
      .concat('async two')
      .toSorted(),
  );
});

test('a computation gives turns when it says so', () => {
  expect(run(() => turnsBeside(1000, Number.POSITIVE_INFINITY)).turns).toBe(0);
  expect(run(() => turnsBeside(1000, 10)).turns).toBeGreaterThanOrEqual(99);
});

test('awaitables: twice, by several, cancelled', () => {
  run(function* () {
    const told: number[] = [];
    const countdown = new Countdown(2, (left) => told.push(left));
    expect([yield* countdown, yield* countdown]).toEqual(['lift-off', 'lift-off']);
    expect(told).toEqual([2, 1, 2, 1]);
    const once = new Once<number>();
    const wait = function* () {
      return yield* once;
    };
    const tasks = [createTask(wait()), createTask(wait())];
    yield* sleep(0);
    tasks[0]?.cancel();
    once.set(7);
    expect(yield* gather(tasks, { returnExceptions: true })).toEqual([expect.any(Error), 7]);
    expect(yield* once).toBe(7);
    expect(() => once.set(8)).toThrow('it is set already');
  });
});

test('request ids: each line of the log has that of its own request', async () => {
  const { program, port } = await startServer('examples/context/request-ids.ts');
  const clients = await Promise.all([connectClient(port), connectClient(port)]);
  clients[0]?.write('ada\ncleo\n');
  clients[1]?.write('ben\n');
  await until(() => program.lines.filter((line) => line.endsWith('counted')).length === 3, 'counted lines');
  expect(program.lines[0]).toMatch(/^\[-\] serving on port/);
  for (const name of ['ada', 'ben', 'cleo']) {
    const id = program.lines.find((line) => line.endsWith(`asked for ${name}`))?.split(' ')[0] ?? '';
    const own = program.lines
      .filter((line) => line.startsWith(`${id} `))
      .map((line) => line.slice(id.length + 1));
    const lookUps = [`looking up the age of ${name}`, `looking up the town of ${name}`];
    expect(own).toEqual([`asked for ${name}`, ...lookUps, 'answered', 'counted']);
  }
});

describe('job-server', () => {
  const folder = mkdtempSync(join(tmpdir(), 'selectloop-jobs-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** A server that has taken in jobs of these lengths. */
  async function startJobs(env: Record<string, string>, jobs: readonly number[]): Promise<Server> {
    const server = await startServer('examples/shutdown/job-server.ts', { env });
    for (const job of jobs) {
      const client = await connectClient(server.port);
      // Whoever hears of the first has the second taken in: both have been read.
      client.write(`0\n${job}\n`);
      await once(client, 'data');
    }
    return server;
  }

  test('the first signal: jobs that it has are done and answered, no new ones are taken', async () => {
    const { program, port } = await startServer('examples/shutdown/job-server.ts', { env: { WORKERS: '1' } });
    const client = await connectClient(port);
    client.write('1\n300\n');
    await once(client, 'data');
    const answer = once(client, 'data');
    program.child.kill('SIGTERM');
    await program.waitForLine(/^SIGTERM: no more jobs$/);
    expect(String((await answer)[0])).toBe('done\n');
    expect(await program.waitForExit()).toBe(0);
    expect(program.lines.slice(-3)).toEqual([
      'SIGTERM: no more jobs',
      'All jobs are done',
      '2 jobs done in all',
    ]);
    expect(program.stderr).toBe('');
  });

  test('when the time is up, what is left is kept in a file', async () => {
    const leftovers = join(folder, 'leftovers');
    const { program } = await startJobs(
      { GRACE_MS: '100', WORKERS: '3', LEFTOVERS: leftovers },
      [60_000, 50_000],
    );
    program.child.kill('SIGINT');
    expect(await program.waitForExit()).toBe(0);
    expect(program.lines).toContain(`2 jobs are left, in ${leftovers}`);
    expect(readFileSync(leftovers, 'utf8').split('\n').toSorted()).toEqual(['', '50000', '60000']);
    expect(program.stderr).toBe('');
  });

  test('a second signal ends it at once', async () => {
    const { program } = await startJobs({ GRACE_MS: '60000', WORKERS: '2' }, [60_000]);
    program.child.kill('SIGTERM');
    await program.waitForLine(/no more jobs/);
    program.child.kill('SIGTERM');
    expect(await program.waitForExit()).toBe(143);
  });
});
