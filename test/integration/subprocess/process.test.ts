/** createSubprocessExec, createSubprocessShell and Process, with real programs. */

import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import type { Coroutine } from '../../../src/index.ts';
import {
  createSubprocessExec,
  createSubprocessShell,
  createTask,
  gather,
  getRunningLoop,
  OSError,
  PIPE,
  type Process,
  type ProcessOptions,
  STDOUT,
  sleep,
} from '../../../src/index.ts';
import { onTeardown } from '../../support/releases.ts';
import { isRunning, runHere, untilKilled } from './process-loop.ts';

function folder(): string {
  const path = realpathSync(mkdtempSync(join(tmpdir(), 'selectloop-process-')));
  onTeardown(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** What a shell command prints, and how it ends. */
function* outputOf(command: string, options: ProcessOptions = {}): Coroutine<[string, number | null]> {
  const process = yield* createSubprocessShell(command, { stdout: PIPE, ...options });
  const [output] = yield* process.communicate();
  return [String(output), process.returncode];
}

function refusal(start: () => Coroutine<Process>): OSError {
  try {
    runHere(function* () {
      yield* start();
    });
  } catch (error) {
    if (error instanceof OSError) return error;
    throw error;
  }
  throw new Error('it started');
}

describe('the end of a process', () => {
  test.each(['pidfd or kqueue', 'thread'])('is waited for, once or many times (%s)', (how) => {
    if (how === 'thread') process.env.SELECTLOOP_CHILD_WATCH = 'thread';
    onTeardown(() => {
      delete process.env.SELECTLOOP_CHILD_WATCH;
    });
    runHere(function* () {
      const child = yield* createSubprocessExec('sh', ['-c', 'exit 3']);
      expect(child.returncode).toBeNull();
      expect(yield* gather([child.wait(), child.wait()])).toEqual([3, 3]);
      expect(child.returncode).toBe(3);
      expect(yield* child.wait()).toBe(3);
    });
  });

  test('by a signal is its negative number', () => {
    runHere(function* () {
      const child = yield* createSubprocessShell(untilKilled(), { stdout: PIPE });
      yield* (child.stdout as NonNullable<typeof child.stdout>).readLine();
      child.sendSignal('SIGUSR1');
      expect(yield* child.wait()).toBe(-10);
      const other = yield* createSubprocessExec('sleep', ['60']);
      other.kill();
      expect(yield* other.wait()).toBe(-9);
    });
  });

  test('cancelling a wait leaves the process and the other waits alone', () => {
    runHere(function* () {
      const child = yield* createSubprocessExec('sleep', ['60']);
      const [first, second] = [createTask(child.wait()), createTask(child.wait())];
      yield* sleep(1);
      first.cancel();
      yield* sleep(1);
      expect(isRunning(child.pid)).toBe(true);
      child.terminate();
      expect(yield* second).toBe(-15);
    });
  });

  test('a signal to a process that has ended is refused in words', () => {
    runHere(function* () {
      const child = yield* createSubprocessExec('true');
      yield* child.wait();
      expect(() => child.terminate()).toThrow(/ESRCH process \d+ .*ended already/);
      expect(() => child.sendSignal(99)).toThrow(RangeError);
      expect(() => child.sendSignal('SIGNONE' as never)).toThrow(TypeError);
    });
  });

  test('nobody waits: the loop kills and reaps what is left when it closes', () => {
    const pid = runHere(function* () {
      const child = yield* createSubprocessExec('sleep', ['60'], { stdin: PIPE, stdout: PIPE });
      return child.pid;
    });
    expect(() => process.kill(pid, 0)).toThrow(/ESRCH/);
  });

  test('reaped by somebody else: 255, and a report', () => {
    const reports: { message: string }[] = [];
    const code = runHere(function* () {
      const child = yield* createSubprocessExec('sleep', ['60']);
      const { processes } = getRunningLoop().kernel;
      // Whoever waits for any child does as much.
      processes.abandon(child.pid);
      return yield* child.wait();
    }, reports);
    expect(code).toBe(255);
    expect(reports.map(({ message }) => message).join()).toMatch(/was reaped by somebody else/);
  });

  test('reaped by somebody else, and shut down before that is seen', () => {
    const reports: { message: string }[] = [];
    const code = runHere(function* () {
      const child = yield* createSubprocessExec('true');
      const { processes } = getRunningLoop().kernel;
      while (processes.reap(child.pid, new Int32Array(1)) === 0);
      return yield* child.shutdown(0);
    }, reports);
    expect([code, reports.length]).toEqual([255, 1]);
  });
});

describe('what a process is given', () => {
  test('arguments as they are, without a shell', () => {
    runHere(function* () {
      const child = yield* createSubprocessExec('printf', ['%s|', 'a b', '$HOME', "'", 'ü', ''], {
        stdout: PIPE,
      });
      expect(String((yield* child.communicate())[0])).toBe("a b|$HOME|'|ü||");
    });
  });

  test('argv0, cwd, env, umask, session', () => {
    const cwd = folder();
    runHere(function* () {
      expect(yield* outputOf('echo $0', { argv0: 'name' })).toEqual(['name\n', 0]);
      expect(yield* outputOf('pwd', { cwd })).toEqual([`${cwd}\n`, 0]);
      expect(yield* outputOf('pwd', { cwd: new URL(`file://${cwd}`) })).toEqual([`${cwd}\n`, 0]);
      expect(yield* outputOf('echo $A-$HOME', { env: { A: 'b', HOME: undefined } })).toEqual(['b-\n', 0]);
      expect(yield* outputOf('umask', { umask: 0o77 })).toEqual(['0077\n', 0]);
      const [ids] = yield* outputOf('echo $$; ps -o sid= -p $$', { startNewSession: true });
      const [pid, session] = ids.split('\n').map(Number);
      expect(session).toBe(pid);
      const [groups] = yield* outputOf('echo $$; ps -o pgid= -p $$', { processGroup: 0 });
      const [own, group] = groups.split('\n').map(Number);
      expect(group).toBe(own);
    });
  });

  test('the environment of this program as it is now', () => {
    process.env.SELECTLOOP_TEST_VALUE = 'now';
    onTeardown(() => {
      delete process.env.SELECTLOOP_TEST_VALUE;
    });
    runHere(function* () {
      expect(yield* outputOf('echo $SELECTLOOP_TEST_VALUE')).toEqual(['now\n', 0]);
    });
  });

  test('programs are looked for in the PATH of the environment it gets', () => {
    const path = folder();
    writeFileSync(join(path, 'only-here'), '#!/bin/sh\necho found\n', { mode: 0o755 });
    runHere(function* () {
      const child = yield* createSubprocessExec('only-here', [], {
        stdout: PIPE,
        env: { PATH: `/nonexistent:${path}:/bin` },
      });
      expect(String((yield* child.communicate())[0])).toBe('found\n');
    });
  });

  test('resource limits, soft and hard', () => {
    runHere(function* () {
      const resourceLimits = { nofile: [50, 60], core: 0 } as const;
      expect(yield* outputOf('ulimit -Sn; ulimit -Hn; ulimit -c', { resourceLimits })).toEqual([
        '50\n60\n0\n',
        0,
      ]);
      const cpu = yield* createSubprocessShell('while :; do :; done', { resourceLimits: { cpu: 1 } });
      expect([-24, -9]).toContain(yield* cpu.wait());
    });
  });

  test('wrong options are refused in words', () => {
    const wrong: [object, RegExp][] = [
      [{ stdin: STDOUT }, /STDOUT is for stderr only/],
      [{ stdin: 'pipe' }, /stdin must be PIPE, DEVNULL/],
      [{ uid: -1 }, /uid must be a whole number/],
      [{ umask: 0o1000 }, /umask must be/],
      [{ env: { 'A=B': 'c' } }, /cannot be the name of an environment variable/],
      [{ env: { A: 'b\0c' } }, /contains a NUL/],
      [{ cwd: 5 }, /strings or Uint8Arrays/],
      [{ resourceLimits: { nothing: 1 } }, /no limit called 'nothing'/],
      [{ resourceLimits: { core: [2, 1] } }, /soft <= hard/],
      [{ pty: { rows: -1, columns: 1 } }, /rows must be/],
      [{ passFds: ['x'] }, /passFds must be/],
    ];
    for (const [options, message] of wrong) {
      expect(() => runHere(() => createSubprocessExec('true', [], options as ProcessOptions))).toThrow(
        message,
      );
    }
    expect(() => runHere(() => createSubprocessExec('true', 'x' as never))).toThrow(/must be an array/);
    expect(() => runHere(() => createSubprocessExec(''))).toThrow(/name is empty/);
    expect(() => runHere(() => createSubprocessShell(['ls'] as never))).toThrow(/must be a string/);
    expect(() => createSubprocessExec('true').next()).toThrow(/createSubprocessExec/);
  });
});

describe('what cannot be started', () => {
  test('names the program and what to do', () => {
    const script = join(folder(), 'script');
    writeFileSync(script, 'echo\n', { mode: 0o755 });
    const missing = refusal(() => createSubprocessExec('no-such-program'));
    expect(missing).toMatchObject({ code: 'ENOENT', syscall: 'execve', address: 'no-such-program' });
    expect(missing.message).toMatch(/no-such-program .*no such program in PATH/);
    expect(refusal(() => createSubprocessExec('/tmp')).code).toBe('EACCES');
    expect(refusal(() => createSubprocessExec(script))).toMatchObject({ code: 'ENOEXEC', address: script });
    expect(refusal(() => createSubprocessExec('true', ['x'.repeat(3e6)])).message).toMatch(
      /E2BIG true .*too long/,
    );
  });

  test('names the directory where it was that', () => {
    const error = refusal(() => createSubprocessExec('true', [], { cwd: '/no/such/folder' }));
    expect(error).toMatchObject({ code: 'ENOENT', syscall: 'chdir', address: '/no/such/folder' });
  });
});

test('a process says what it is', () => {
  runHere(function* () {
    const child = yield* createSubprocessExec('sleep', ['60']);
    expect(inspect(child)).toBe(`<Process ${child.pid} running>`);
    child.kill();
    yield* child.wait();
    expect(String(child)).toBe(`<Process ${child.pid} returncode=-9>`);
  });
});

test('`using` asks a process to end, and the loop does not leave before it has', () => {
  const path = join(folder(), 'said');
  const pid = runHere(function* () {
    using child = yield* createSubprocessShell(
      untilKilled(`trap "sleep 0.1; echo goodbye > ${path}; exit 0" TERM;`),
      { stdout: PIPE },
    );
    yield* (child.stdout as NonNullable<Process['stdout']>).readLine();
    return child.pid;
  });
  expect(readFileSync(path, 'utf8')).toBe('goodbye\n');
  expect(() => process.kill(pid, 0)).toThrow(/ESRCH/);
});

test('`using` kills a process that does not want to end', () => {
  const began = performance.now();
  runHere(function* () {
    {
      using child = yield* createSubprocessShell(untilKilled('trap "" TERM;'), {
        stdout: PIPE,
        graceMs: 100,
      });
      yield* (child.stdout as NonNullable<Process['stdout']>).readLine();
    }
    yield* sleep(400);
  });
  expect(performance.now() - began).toBeLessThan(5000);
});
