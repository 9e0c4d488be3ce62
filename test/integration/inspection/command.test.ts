/** The command `selectloop` against programs that run. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { runCommand } from '../../../src/command/run-command.ts';
import { type Coroutine, createSubprocessExec, run, type StreamReader, timeout } from '../../../src/index.ts';
import type { DumpAnswer } from '../../../src/inspection/inspection-protocol.ts';
import { addonPath } from '../../support/addon-path.ts';
import { builtProgram } from '../../support/built-program.ts';
import {
  type Program,
  type ProgramOptions,
  startProgram,
  TYPESCRIPT_TRACES,
} from '../../support/run-program.ts';
import { traceFaults } from '../../support/trace-format.ts';

const COMMAND = 'test/integration/inspection/programs/selectloop-command.ts';
const PROGRAM = 'test/integration/inspection/programs/inspected.ts';

/** The inspector needs processor time of the thread that it stops: many times more on a busy machine. */
const SLOW_MACHINE = { timeout: 150_000 };

/** What the command prints with `--json`, and of `dump`. */
interface Dumped {
  readonly threads: readonly DumpAnswer[];
}

/** A private folder for one test. */
function freshFolder(): { folder: string; env: Record<string, string> } {
  const parent = mkdtempSync(join(tmpdir(), 'selectloop-inspect-'));
  onTestFinished(() => rmSync(parent, { recursive: true, force: true }));
  return { folder: join(parent, 'selectloop'), env: { XDG_RUNTIME_DIR: parent } };
}

async function inspected(what: string, env: Record<string, string>, mode = '1'): Promise<Program> {
  const program = startProgram(PROGRAM, {
    args: [what],
    env: { ...env, SELECTLOOP_INSPECT: mode },
    nodeArgs: TYPESCRIPT_TRACES,
  });
  await program.waitForLine(/^ready/);
  return program;
}

/** What a command has said, and how it ended. */
interface Answer {
  readonly exitCode: number | NodeJS.Signals;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command in this process: starting one costs more than most of what it does. */
async function command(env: Record<string, string>, ...args: string[]): Promise<Answer> {
  const stdout = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  const stderr = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  const said = ({ mock }: typeof stdout): string => mock.calls.map(([text]) => text).join('');
  try {
    const exitCode = await runCommand(args);
    return { exitCode, stdout: said(stdout), stderr: said(stderr) };
  } finally {
    vi.unstubAllEnvs();
    stdout.mockRestore();
    stderr.mockRestore();
  }
}

/** Runs it as its users do. */
async function commandOfShell(options: ProgramOptions): Promise<Answer> {
  const program = startProgram(COMMAND, options);
  const exitCode = await program.waitForExit(30_000);
  return { exitCode, stdout: program.stdout, stderr: program.stderr };
}

test('shows the tasks, what they cost and what the loop does, while it blocks in select()', async () => {
  const { folder, env } = freshFolder();
  const program = await inspected('busy', env);
  const pid = String(program.child.pid);
  expect(statSync(folder).mode & 0o777).toBe(0o700);

  const ps = await commandOfShell({ args: ['ps', pid], env });
  expect([ps.exitCode, ps.stderr]).toEqual([0, '']);
  expect(ps.stdout).toMatch(
    /^\d+ +waits for an event +waiting +waitForever \(.*inspected\.ts:\d+:\d+\) +wait\(\)/m,
  );

  const tree = await command(env, 'pstree', pid);
  expect(tree.stdout).toMatch(/Task 'wants the lock'.*\n.*\n {2}\* Task 'holds the lock'/);
  expect((await command(env, 'pstree', pid, '--format', 'mermaid')).stdout).toMatch(/^(graph|flowchart)/);

  const { threads } = JSON.parse((await command(env, 'ps', pid, '--json')).stdout) as Dumped;
  expect(threads).toHaveLength(1);
  expect(threads[0]?.tasks.map(({ name }) => name)).toContain('worker');

  const top = await command(env, 'top', pid, '--sort', 'steps', '--seconds', '0.3');
  const [, busiest] = top.stdout.split('\n\n')[1]?.split('\n') ?? [];
  expect(busiest).toMatch(/ worker\b/);
  expect(top.stdout).toMatch(/idle .* passes\/s/);

  const stats = await command(env, 'stats', pid, '--seconds', '0.1');
  expect(stats.stdout).toMatch(/^tasks +6? ?\d+ live/m);
  expect(stats.stdout).toMatch(/^poller +\w+/m);

  const path = join(folder, '..', 'trace.json');
  const traced = await command(env, 'trace', pid, '--seconds', '0.3', '-o', path);
  expect(traced.stdout).toMatch(/\d+ events/);
  const text = readFileSync(path, 'utf8');
  expect(traceFaults(text)).toEqual([]);
  expect(text).toContain('"worker"');

  const dump = (JSON.parse((await command(env, 'dump', pid)).stdout) as Dumped).threads[0] as DumpAnswer;
  expect(dump.open.join()).toContain('Server');
  expect(dump.descriptors.length).toBeGreaterThan(1);
  expect(dump.tasks.every(({ stack }) => stack.length > 0)).toBe(true);
});

test('says in a line that its file cannot be written', async () => {
  const { env } = freshFolder();
  const program = await inspected('idle', env);
  for (const more of [['dump'], ['trace', '--seconds', '0.1']]) {
    const [name = '', ...options] = more;
    const args = [name, String(program.child.pid), ...options, '-o', '/nonexistent/file'];
    const { exitCode, stderr } = await command(env, ...args);
    expect(stderr).toMatch(/^selectloop: ENOENT: .*\/nonexistent\/file'\n$/);
    expect(exitCode).toBe(1);
  }
});

test('tells where the main thread is when it is in a step without end', SLOW_MACHINE, async () => {
  const { env } = freshFolder();
  const program = await inspected('stuck', env);
  const asked = { args: ['ps', String(program.child.pid)], env };
  // Until it is in that step it answers.
  let answer = await commandOfShell(asked);
  for (let i = 0; i < 10 && !answer.stderr.includes('spinForever'); i++) answer = await commandOfShell(asked);
  expect(answer.stderr).toMatch(
    /is busy and has not answered[\s\S]*at spinForever \(.*inspected\.ts:\d+:\d+\)/,
  );
  expect(answer.exitCode).toBe(1);
});

test('a program that waits for SIGUSR2 opens its door when the command knocks', async () => {
  const { folder, env } = freshFolder();
  const program = await inspected('idle', env, 'signal');
  const pid = String(program.child.pid);
  expect(readdirSync(folder)).toEqual([`${pid}.armed`]);
  const ps = await command(env, 'ps', pid);
  expect(ps.stdout).toContain('Task-1');
  expect(readdirSync(folder)).toContain(`${pid}-0.sock`);
  program.child.kill('SIGTERM');
  expect(await program.waitForExit()).toBe(0);
  expect(readdirSync(folder)).toEqual([]);
});

test('what cannot be looked at is told in one line', async () => {
  const { folder, env } = freshFolder();
  const deaf = await inspected('idle', env, '0');
  const pid = String(deaf.child.pid);
  const notListening = await command(env, 'ps', pid);
  expect(notListening.stderr).toMatch(/^selectloop: PID \d+ does not listen: .*SELECTLOOP_INSPECT=1.*\n$/);
  expect(notListening.exitCode).toBe(1);
  // It is still there: nothing was sent to it.
  deaf.child.kill('SIGTERM');
  expect(await deaf.waitForExit()).toBe(0);
  expect((await command(env, 'ps', pid)).stderr).toMatch(/^selectloop: there is no process with PID \d+\n$/);

  const killed = await inspected('idle', env);
  await killed.kill();
  const ended = await command(env, 'top', String(killed.child.pid));
  expect(ended.stderr).toMatch(/^selectloop: PID \d+ has ended\n$/);
  expect(readdirSync(folder)).toEqual([]);

  const unknown = await commandOfShell({ args: ['pss', '1'], env });
  expect([unknown.exitCode, unknown.stderr]).toEqual([
    2,
    "selectloop: the command is one of ps, pstree, top, stats, trace, dump; got 'pss'\n",
  ]);
  expect((await command(env, '--help')).stdout).toContain('usage: selectloop');
});

test('it prints where the addon is', async () => {
  const { env } = freshFolder();
  const said = await commandOfShell({ args: ['addon'], env });
  expect([said.exitCode, said.stdout]).toEqual([0, `${addonPath()}\n`]);
});

test('the loops of other threads are shown, each under its number', async () => {
  const { folder, env } = freshFolder();
  const program = await inspected('threaded', env);
  const pid = String(program.child.pid);
  const ps = await command(env, 'ps', pid);
  expect(ps.stderr).toBe('');
  expect(ps.stdout).toMatch(/^thread 0:\n(.*\n)+?.*threaded \(.*inspected\.ts:/m);
  expect(ps.stdout).toMatch(/^thread [1-9]\d*:\n(.*\n)+?.*serveSlowly \(.*on-thread\.ts:.*sleep\(3600000\)/m);
  const stats = await command(env, 'stats', pid, '--seconds', '0.1');
  expect(stats.stdout.match(/^thread \d+:$/gm)).toHaveLength(2);
  program.child.kill('SIGTERM');
  expect(await program.waitForExit()).toBe(0);
  expect(readdirSync(folder)).toEqual([]);
});

/** Runs a command as somebody who may do nothing, if that one can read the program; else ends with 77. */
const AS_NOBODY = `
import os, sys
os.setuid(65534)
program, node = sys.argv[1:3]
if not (os.access(node, os.X_OK) and os.access(program, os.R_OK)): sys.exit(77)
os.execvp(node, sys.argv[2:])
`;

// To become somebody else takes root.
test.skipIf(process.getuid?.() !== 0)('a program of another user is told in one line', async (context) => {
  const { env } = freshFolder();
  const program = await inspected('idle', env);
  const pid = String(program.child.pid);
  const under = ['python3', '-c', AS_NOBODY, builtProgram(COMMAND)];
  const answer = await commandOfShell({ args: ['ps', pid], env, under });
  if (answer.exitCode === 77) context.skip('nobody but root can read this checkout');
  expect(answer.stderr).toBe(`selectloop: PID ${pid} belongs to another user\n`);
  expect(answer.exitCode).toBe(1);
  // It was not signalled: it still waits for this one.
  program.child.kill('SIGTERM');
  expect(await program.waitForExit()).toBe(0);
});

test.each(['1', 'signal'])(
  'a program that can be looked at (%s) ends, and is told of its deadlocks',
  async (mode) => {
    const { env } = freshFolder();
    const program = await inspected('ends', env, mode);
    expect(await program.waitForExit()).toBe(0);
    const hangs = await inspected('deadlocked', env, mode);
    expect(await hangs.waitForExit()).toBe(1);
    expect(hangs.stderr).toContain('DeadlockError');
  },
);

test('a slow step is reported with the place where it was slow', SLOW_MACHINE, async () => {
  const { env } = freshFolder();
  const program = await inspected('slow', { ...env, SELECTLOOP_DEBUG: '1' });
  expect(await program.waitForExit(100_000)).toBe(0);
  expect(program.stderr).toMatch(/^Executing .*slow.* took \d+\.\d ms$/m);
  expect(program.stdout).toMatch(/^compute .*inspected\.ts:\d+\nslow .*inspected\.ts:\d+$/m);
});

test('top on a terminal sorts, filters, opens a stack, and leaves the terminal as it was', async () => {
  const { env } = freshFolder();
  const program = await inspected('busy', env);
  const args = [builtProgram(COMMAND), 'top', String(program.child.pid), '--seconds', '0.2'];
  const screen = run(function* (): Coroutine<string> {
    const options = {
      pty: { rows: 30, columns: 120 },
      env: { ...process.env, ...env },
    };
    using top = yield* createSubprocessExec(process.execPath, args, options);
    let text = '';
    function* until(pattern: RegExp): Coroutine<void> {
      yield* timeout(20_000, function* () {
        while (!pattern.test(text)) text += String(yield* (top.stdout as StreamReader).read(4096));
      });
      text = text.slice((pattern.exec(text)?.index ?? 0) + 1);
    }
    const type = (keys: string): void => void top.stdin?.write(Buffer.from(keys));
    yield* until(/5 of 5 tasks by cpu/);
    type('n');
    yield* until(/5 of 5 tasks by name/);
    type('/holds');
    yield* until(/filter: holds/);
    type('\r');
    yield* until(/1 of 1 tasks by name {2}filter 'holds'/);
    type('\r');
    yield* until(/Task 'holds the lock' waits for[\s\S]*at holder \(/);
    type('x');
    yield* until(/1 of 1 tasks/);
    type('q');
    yield* until(/\[\?1049l/);
    return String(yield* top.wait());
  });
  expect(screen).toBe('0');
});
