/**
 * Options of a process that were of a wrong kind were found out when it ran, or never: a `graceMs` that is no
 * number when the process was to end, and then hid the error for which it was; a terminal had a size of 0.
 */
import { expect, test } from 'vitest';
import {
  createSubprocessExec,
  createSubprocessShell,
  getRunningLoop,
  PIPE,
  runProcess,
  SubprocessProtocol,
  sleep,
} from '../../src/index.ts';
import { runHere } from '../integration/subprocess/process-loop.ts';

const wrongOptions: [object, string][] = [
  [{ graceMs: '5' }, 'graceMs must be a number of milliseconds, got 5'],
  [{ pty: true }, "a terminal's size is { rows, columns }, got boolean true"],
  [{ pty: { rows: 24 } }, 'columns must be a number, got undefined'],
  [{ groups: 5 }, 'groups must be an array'],
  [{ passFds: 3 }, 'passFds must be an array'],
  [{ resourceLimits: { nofile: null } }, 'resourceLimits.nofile: expected 0 <= soft <= hard'],
  [{ env: 'PATH=/bin' }, "expected an object of names and values as env, got 'PATH=/bin'"],
  [{ startNewSession: 'no' }, "expected a boolean as startNewSession, got 'no'"],
  [{ restoreSignals: 0 }, 'expected a boolean as restoreSignals, got 0'],
  [null as never, 'an object of options was expected, got null'],
];

test.each(wrongOptions)('%j', (options, message) => {
  runHere(function* () {
    const starts = [
      () => createSubprocessExec('true', [], options),
      () => createSubprocessShell('true', options),
      () => runProcess(['true'], options),
    ];
    for (const start of starts) expect(() => start().next()).toThrow(message);
  });
});

test('what runProcess alone has', () => {
  runHere(function* () {
    const starts: [Parameters<typeof runProcess>, string][] = [
      [[['true'], { input: 5 as never }], 'runProcess: input must be bytes or a string, got number 5'],
      [[['true'], { timeoutMs: '5' as never }], 'runProcess: timeoutMs must be a number'],
      [[['true'], { capture: 'both' as never }], "capture must be true, false, 'stdout' or 'stderr'"],
      [[5 as never], 'runProcess: the command is an array, or a string for the shell, got number 5'],
    ];
    for (const [args, message] of starts) expect(() => runProcess(...args).next()).toThrow(message);
  });
});

test('a process that is told to end in a wrong way lives on', () => {
  runHere(function* () {
    using process = yield* createSubprocessExec('cat', [], { stdin: PIPE });
    const wrong = process.shutdown({ graceMs: 100 } as never);
    expect(() => wrong.next()).toThrow('shutdown: graceMs must be a number');
    yield* sleep(20);
    expect(process.returncode).toBeNull();
    process.stdin?.close();
    expect(yield* process.wait()).toBe(0);
  });
});

test('a protocol that is none', () => {
  runHere(function* () {
    const loop = getRunningLoop();
    for (const wrong of [5, null, Promise.resolve(new (class extends SubprocessProtocol {})())]) {
      const start = loop.subprocessExec(() => wrong as never, 'true');
      expect(() => start.next()).toThrow(TypeError);
    }
  });
});
