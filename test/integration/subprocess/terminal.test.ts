/** Processes at a terminal of their own. */

import { expect, test } from 'vitest';
import {
  type Coroutine,
  createSubprocessExec,
  createSubprocessShell,
  PIPE,
  type Process,
  sleep,
} from '../../../src/index.ts';
import { isRunning, runHere } from './process-loop.ts';

const pty = { rows: 24, columns: 80 };

function* readUntil(child: Process, text: string): Coroutine<string> {
  if (child.stdout === null) throw new Error('no stdout');
  return String(yield* child.stdout.readUntil(Buffer.from(text)));
}

function type(child: Process, text: string): void {
  child.stdin?.write(Buffer.from(text));
}

test('an interactive program: prompts, answers, its size', () => {
  runHere(function* () {
    const child = yield* createSubprocessShell('stty size; printf "name? "; read x; echo "hello $x"', {
      pty,
    });
    expect(yield* readUntil(child, 'name? ')).toBe('24 80\r\nname? ');
    type(child, 'world\n');
    expect(yield* readUntil(child, 'hello world\r\n')).toContain('world\r\n');
    expect(yield* child.wait()).toBe(0);
    expect(String(yield* (child.stdout as NonNullable<Process['stdout']>).read())).toBe('');
  });
});

test('resizing it is a signal to the program', () => {
  runHere(function* () {
    const script = 'trap "stty size; exit 0" WINCH; echo ready; while :; do sleep 0.05; done';
    const child = yield* createSubprocessShell(script, { pty });
    yield* readUntil(child, 'ready\r\n');
    child.resizeTerminal({ rows: 50, columns: 132 });
    expect(yield* readUntil(child, '\r\n')).toBe('50 132\r\n');
    yield* child.wait();
  });
});

test('^C is typed, and ^Z, and the session is its own', () => {
  runHere(function* () {
    const child = yield* createSubprocessShell('echo ready; exec cat', { pty });
    yield* readUntil(child, 'ready\r\n');
    type(child, '\x03');
    expect(yield* child.wait()).toBe(-2);
  });
});

test('communicate types its input and ^D', () => {
  runHere(function* () {
    for (const [input, echoed] of [
      ['line\n', 'line\r\nline\r\n'],
      ['no newline', 'no newlineno newline'],
    ] as const) {
      const child = yield* createSubprocessExec('cat', [], { pty });
      const [output] = yield* child.communicate(input);
      expect(String(output).replaceAll('^D\b\b', '')).toBe(echoed);
      expect(child.returncode).toBe(0);
    }
  });
});

test('what is given is not the terminal', () => {
  runHere(function* () {
    const script = 'test -t 0 && echo in; test -t 1 || echo "not out"; test -t 2 && echo err >&2';
    const child = yield* createSubprocessShell(script, { pty, stdout: PIPE });
    expect((yield* child.communicate()).map(String)).toEqual(['in\nnot out\n', 'err\r\n']);
  });
});

test('much output, a slow reader, and the end of it', () => {
  runHere(function* () {
    const child = yield* createSubprocessShell('head -c 300000 /dev/zero | tr "\\0" x; echo; echo end', {
      pty,
    });
    yield* sleep(100);
    const [output] = yield* child.communicate();
    expect(output?.length).toBe(300_000 + 2 + 5);
    expect(String(output?.subarray(-5))).toBe('end\r\n');
  });
});

test('a process without a terminal has no size; a closed one neither', () => {
  runHere(function* () {
    const child = yield* createSubprocessExec('true');
    expect(() => child.resizeTerminal(pty)).toThrow(/no terminal.*pty/);
    yield* child.wait();
    const other = yield* createSubprocessExec('true', [], { pty });
    yield* other.communicate();
    expect(() => other.resizeTerminal(pty)).toThrow(/terminal is closed/);
    expect(() => other.resizeTerminal({ rows: 0.5, columns: 1 })).toThrow(RangeError);
  });
});

test('leaving hangs up', () => {
  const pid = runHere(function* () {
    using child = yield* createSubprocessShell('trap "" TERM; echo ready; sleep 60', { pty });
    yield* readUntil(child, 'ready\r\n');
    return child.pid;
  });
  expect(isRunning(pid)).toBe(false);
});
