/** runProcess(): a program from start to end, and left early. */

import { describe, expect, test } from 'vitest';
import {
  CalledProcessError,
  CancelledError,
  type CompletedProcess,
  createTask,
  DEVNULL,
  moveOnAfter,
  type PartialOutput,
  partialOutput,
  type RunProcessOptions,
  runProcess,
  sleep,
  TimeoutError,
} from '../../../src/index.ts';
import { failureOf } from '../../support/failure-of.ts';
import { childrenNow, descriptorCount, runHere, untilKilled } from './process-loop.ts';

test('an array is a program, a string a shell command', () => {
  runHere(function* () {
    const options: RunProcessOptions = { capture: true };
    const completed = yield* runProcess(['printf', '%s', '$HOME; a'], options);
    expect(completed).toMatchObject({ returncode: 0, signal: null, command: ['printf', '%s', '$HOME; a'] });
    expect(String(completed.stdout)).toBe('$HOME; a');
    const shell = yield* runProcess('echo a | tr a b; echo c >&2', options);
    expect([String(shell.stdout), String(shell.stderr)]).toEqual(['b\n', 'c\n']);
  });
});

test('input and capture', () => {
  runHere(function* () {
    const given = yield* runProcess(['cat'], { input: Buffer.from('in'), capture: 'stdout' });
    expect([String(given.stdout), given.stderr]).toEqual(['in', null]);
    const empty = yield* runProcess(['cat'], { capture: 'stdout' });
    expect(String(empty.stdout)).toBe('');
    const none: CompletedProcess = yield* runProcess(['true'], { input: 'text' });
    expect([none.stdout, none.stderr]).toEqual([null, null]);
  });
});

describe('check', () => {
  test('raises with command, code, and the end of stderr', () => {
    runHere(function* () {
      const command = 'printf "%9000s" | tr " " x >&2; echo the reason >&2; exit 3';
      const error = yield* failureOf(runProcess(command, { capture: true }));
      expect(error).toBeInstanceOf(CalledProcessError);
      expect(error).toMatchObject({ returncode: 3, signal: null, command });
      expect(error.message).toMatch(/^command .* ended with exit code 3: …x+the reason$/);
      expect(error.message.length).toBeLessThan(2500);
      expect((error as CalledProcessError).stderr?.length).toBe(9011);
    });
  });

  test('names the signal', () => {
    runHere(function* () {
      const error = yield* failureOf(runProcess('kill -SEGV $$'));
      expect(error).toMatchObject({ returncode: -11, signal: 'SIGSEGV' });
      expect(error.message).toMatch(/ended with signal SIGSEGV/);
    });
  });

  test('can be left out', () => {
    runHere(function* () {
      const { returncode, signal } = yield* runProcess('kill $$', { check: false });
      expect([returncode, signal]).toEqual([-15, 'SIGTERM']);
    });
  });
});

describe('left early', () => {
  test('by its timeout: the process is asked to end, and has ended', () => {
    runHere(function* () {
      const command = untilKilled('trap "sleep 0.2; exit 0" TERM;');
      const began = performance.now();
      const error = yield* failureOf(runProcess(command, { timeoutMs: 200, capture: true }));
      expect(error).toBeInstanceOf(TimeoutError);
      expect(error.message).toMatch(/^runProcess: command .* timed out after 200 ms/);
      expect(performance.now() - began).toBeGreaterThan(390);
      expect(childrenNow()).toEqual([]);
    });
  });

  test('by its timeout or by cancellation: what it wrote until then is not lost', () => {
    runHere(function* () {
      const command = untilKilled('trap "echo last words; exit 0" TERM; echo err >&2;');
      const expired = yield* failureOf(runProcess(command, { timeoutMs: 500, capture: true }));
      expect(String(partialOutput(expired)?.stdout)).toBe('ready\nlast words\n');
      expect(String(partialOutput(expired)?.stderr)).toBe('err\n');
      const outputs: (PartialOutput | null)[] = [];
      yield* moveOnAfter(500, function* () {
        try {
          yield* runProcess(command, { capture: 'stdout', stderr: DEVNULL });
        } catch (error) {
          outputs.push(partialOutput(error));
          throw error;
        }
      });
      expect(outputs.map((output) => String(output?.stdout))).toEqual(['ready\nlast words\n']);
      expect(outputs[0]?.stderr).toBe(null);
      expect(partialOutput(new Error('another'))).toBe(null);
    });
  });

  test('by its timeout: more than pipes and buffers hold', () => {
    runHere(function* () {
      const command = 'head -c 3000000 /dev/zero; exec sleep 60';
      const expired = yield* failureOf(runProcess(command, { timeoutMs: 1000, capture: true }));
      expect(partialOutput(expired)?.stdout?.length).toBe(3_000_000);
      expect(childrenNow()).toEqual([]);
    });
  });

  test('by its timeout: what does not end is killed', () => {
    runHere(function* () {
      const command = untilKilled('trap "" TERM;');
      const options = { timeoutMs: 200, graceMs: 200, capture: true };
      expect(yield* failureOf(runProcess(command, options))).toBeInstanceOf(TimeoutError);
      expect(childrenNow()).toEqual([]);
    });
  });

  test('by its timeout: a grandchild that holds the pipes keeps nobody waiting', () => {
    runHere(function* () {
      const began = performance.now();
      const command = 'sleep 60 & echo $!; wait';
      const error = yield* failureOf(runProcess(command, { timeoutMs: 200, capture: true }));
      expect(error).toBeInstanceOf(TimeoutError);
      expect(performance.now() - began).toBeLessThan(5000);
      expect(childrenNow()).toEqual([]);
    });
  });

  test('by cancellation of its task, twice', () => {
    runHere(function* () {
      const task = createTask(runProcess(untilKilled('trap "" TERM;'), { graceMs: 500, capture: true }));
      yield* sleep(200);
      task.cancel();
      yield* sleep(50);
      expect(task.done()).toBe(false);
      task.cancel();
      expect(yield* failureOf(task)).toBeInstanceOf(CancelledError);
      expect(childrenNow()).toEqual([]);
    });
  });

  test('by a scope: level-triggered cancellation does not cut its grace short', () => {
    runHere(function* () {
      const began = performance.now();
      const command = untilKilled('trap "sleep 0.3; exit 0" TERM;');
      yield* moveOnAfter(200, () => runProcess(command, { capture: true }));
      expect(performance.now() - began).toBeGreaterThan(480);
      expect(childrenNow()).toEqual([]);
    });
  });

  test('and by what cannot be started, nothing is left behind', () => {
    runHere(function* () {
      const before = descriptorCount();
      for (let i = 0; i < 20; i++) {
        yield* failureOf(runProcess(['/no/such/program'], { capture: true, input: 'x' }));
      }
      expect(descriptorCount()).toBe(before);
      expect(childrenNow()).toEqual([]);
    });
  });
});
