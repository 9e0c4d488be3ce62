/**
 * The page for a program that hangs, followed from its top: each program is run as it stands there, and does
 * what the page says.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Coroutine, createTask, Queue, run, sleep } from '../../../src/index.ts';
import { readText } from '../../architecture/tree.ts';
import { type DocSample, docSamples } from '../../support/doc-samples.ts';
import { startProgram, TYPESCRIPT_TRACES } from '../../support/run-program.ts';

const PAGE = 'docs/my-program-hangs.md';
const text = readText(PAGE);
const samples = docSamples().filter(({ where }) => where.startsWith(`${PAGE}:`));
const [deadlock, handler, daemon] = samples as [DocSample, DocSample, DocSample];
const hanging = 'test/integration/docs/programs/hangs-with-handler.ts';

/** The text that the page sets apart below `words`. */
function quoted(words: string): string {
  const lines = text.slice(text.indexOf(words) + words.length).split('\n');
  const from = lines.findIndex((line) => line.startsWith('    '));
  const length = lines.slice(from).findIndex((line) => !line.startsWith('    '));
  return lines
    .slice(from, from + length)
    .map((line) => line.slice(4))
    .join('\n');
}

/** Versions of Node differ in them. */
const withoutColumns = (report: string): string => report.replace(/\.ts:(\d+):\d+/g, '.ts:$1');

describe('my program hangs', () => {
  it('step 1: the error is the one that the page shows, in its lines', async () => {
    const program = startProgram(deadlock.path, { nodeArgs: TYPESCRIPT_TRACES });
    expect(await program.waitForExit()).toBe(0);
    const printed = program.stdout.replace(/\((?:\/[^/\n]+)+\.ts:(\d+):(\d+)\)/g, '(jobs.ts:$1:$2)');
    expect(withoutColumns(printed.replace(/Task-\d+/g, 'Task-1').trim())).toBe(
      withoutColumns(quoted('\nIt prints\n')),
    );
  });

  it('step 1: with the remedy of the page it ends', () => {
    function* worker(queue: Queue<string>): Coroutine<void> {
      yield* queue.each((job) => sleep(job.length));
    }
    expect(text).toContain('It should use `queue.each(…)`');
    const result = run(function* () {
      const queue = new Queue<string>();
      createTask(worker(queue), { name: 'worker' });
      yield* queue.put('first job');
      yield* queue.join();
      return 'ended';
    });
    expect(result).toBe('ended');
  });

  it('step 3: the handler of the page prints the tree on a signal', async () => {
    expect(handler.source).toContain('print(formatTaskGraph(captureTaskGraph(loop)), { fd: 2 })');
    const program = startProgram(hanging, { nodeArgs: TYPESCRIPT_TRACES });
    await program.waitForLine(/ready/);
    program.child.kill('SIGHUP');
    await program.waitForLine(/told/);
    program.child.kill('SIGTERM');
    expect(await program.waitForExit()).toBe(0);
    expect(program.stderr).toMatch(
      /^\* Task 'Task-\d+' waits for recv on <Socket .*\n {4}at main \(.*\.ts:\d+:\d+\)\n$/,
    );
  });

  it('step 3: the command of the page prints the tree of a program that was started so', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'selectloop-hangs-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const env = { XDG_RUNTIME_DIR: folder, SELECTLOOP_INSPECT: 'signal' };
    expect(text).toContain('started with `SELECTLOOP_INSPECT=signal`');
    const program = startProgram(hanging, { env, nodeArgs: TYPESCRIPT_TRACES });
    await program.waitForLine(/ready/);
    expect(text).toContain('npx selectloop pstree PID');
    const command = startProgram('test/integration/inspection/programs/selectloop-command.ts', {
      args: ['pstree', String(program.child.pid)],
      env,
    });
    expect(await command.waitForExit(30_000), command.stderr).toBe(0);
    expect(command.stdout).toMatch(
      /Task '?Task-\d+'? waits for recv on <Socket .*\n\s+at main \(.*\.ts:\d+:\d+\)/,
    );
    program.child.kill('SIGTERM');
    expect(await program.waitForExit()).toBe(0);
  });

  it('step 4: a heartbeat that is a daemon does not hide the deadlock', async () => {
    const program = startProgram(daemon.path);
    expect(await program.waitForExit()).toBe(0);
    expect(program.stdout).toBe('true\n');
  });
});
