/** communicate(): both directions at once, cancelled, and with children that do not behave. */

import { describe, expect, test } from 'vitest';
import {
  CancelledError,
  createSubprocessExec,
  createSubprocessShell,
  createTask,
  moveOnAfter,
  PIPE,
  type Process,
  sleep,
} from '../../../src/index.ts';
import { failureOf } from '../../support/failure-of.ts';
import { sized } from '../../support/size.ts';
import { childrenNow, isRunning, runHere, untilKilled } from './process-loop.ts';

const pipes = { stdin: PIPE, stdout: PIPE, stderr: PIPE } as const;

function reader(child: Process): NonNullable<Process['stdout']> {
  if (child.stdout === null) throw new Error('no stdout');
  return child.stdout;
}

function writer(child: Process): NonNullable<Process['stdin']> {
  if (child.stdin === null) throw new Error('no stdin');
  return child.stdin;
}

test('much in both directions at once, and on stderr, in bounded memory', () => {
  const byteCount = sized(10e6, 200e6);
  const input = Buffer.alloc(byteCount, 'selectloop');
  const before = process.memoryUsage().rss;
  runHere(function* () {
    const child = yield* createSubprocessShell('tee /dev/stderr', pipes);
    const [output, errors] = yield* child.communicate(input);
    // A Buffer that grows twofold, for each of the two: what is not touched is not resident. Sanitizers keep
    // what is freed.
    expect(process.memoryUsage().rss - before).toBeLessThan(4 * byteCount + 150e6);
    expect(output?.equals(input)).toBe(true);
    expect(errors?.length).toBe(byteCount);
    expect(child.returncode).toBe(0);
  });
});

test('a wrong limit is refused before there is a process', () => {
  runHere(function* () {
    for (const limit of [0, -1, Number.NaN, '5' as never]) {
      const failure = yield* failureOf(createSubprocessExec('true', [], { stdout: PIPE, limit }));
      expect(String(failure)).toMatch(/^RangeError: StreamReader: limit must be positive/);
    }
    expect(childrenNow()).toEqual([]);
  });
});

test('text as input, nothing as input, nothing to read', () => {
  runHere(function* () {
    const child = yield* createSubprocessExec('cat', [], pipes);
    expect((yield* child.communicate('ünï')).map(String)).toEqual(['ünï', '']);
    const empty = yield* createSubprocessExec('cat', [], { stdin: PIPE });
    expect(yield* empty.communicate()).toEqual([null, null]);
  });
});

test('input that cannot go anywhere is refused', () => {
  runHere(function* () {
    const child = yield* createSubprocessExec('true');
    let error: unknown;
    try {
      yield* child.communicate('x');
    } catch (thrown) {
      error = thrown;
    }
    expect(String(error)).toMatch(/no pipe for the input.*stdin: PIPE/);
  });
});

describe('cancelled', () => {
  test('it loses no byte that a later call could return', () => {
    runHere(function* () {
      const child = yield* createSubprocessShell('echo first; echo other >&2; cat; echo last', pipes);
      const input = Buffer.alloc(300_000, 'i');
      let cancelled = 0;
      let call: Uint8Array | null = input;
      // Again and again, while bytes come: at the first ends, in the middle, in the pass in which all is
      // there.
      let result: [Buffer | null, Buffer | null] | null = null;
      for (let round = 0; round < 200 && result === null; round++) {
        const given = call;
        call = null;
        const task = createTask(child.communicate(given));
        yield* sleep(round % 7);
        task.cancel();
        try {
          result = yield* task;
        } catch (error) {
          if (!(error instanceof CancelledError)) throw error;
          cancelled++;
        }
        if (round === 3) yield* sleep(50);
      }
      expect(cancelled).toBeGreaterThan(0);
      const [output, errors] = result ?? (yield* child.communicate());
      expect(String(output)).toBe(`first\n${input}last\n`);
      expect(String(errors)).toBe('other\n');
    });
  });

  test('what had come can be read from the streams', () => {
    runHere(function* () {
      const child = yield* createSubprocessShell('echo line; sleep 60 >&- 2>&-', pipes);
      const scope = yield* moveOnAfter(300, function* () {
        yield* child.communicate();
        return 'done';
      });
      expect(scope).not.toBe('done');
      expect(String(yield* reader(child).readLine())).toBe('line\n');
      child.kill();
      yield* child.wait();
    });
  });

  test('input is not sent twice', () => {
    runHere(function* () {
      const child = yield* createSubprocessExec('cat', [], pipes);
      const task = createTask(child.communicate('once'));
      yield* sleep(0);
      task.cancel();
      yield* sleep(0);
      expect(() => child.communicate('twice').next()).toThrow(/given already/);
      expect(String((yield* child.communicate())[0])).toBe('once');
    });
  });
});

describe('a child that', () => {
  test('closes its stdin early', () => {
    runHere(function* () {
      const child = yield* createSubprocessShell('exec <&-; sleep 0.1; echo done', pipes);
      const [output] = yield* child.communicate(Buffer.alloc(5e6));
      expect(String(output)).toBe('done\n');
      expect(child.returncode).toBe(0);
    });
  });

  test('reads a part of its input', () => {
    runHere(function* () {
      const child = yield* createSubprocessExec('head', ['-c', '10'], pipes);
      const [output] = yield* child.communicate(Buffer.alloc(5e6, 'x'));
      expect(String(output)).toBe('xxxxxxxxxx');
    });
  });

  test('never reads: a writer waits for it, and is told of its end', () => {
    runHere(function* () {
      const child = yield* createSubprocessExec('sleep', ['60'], { stdin: PIPE });
      const stdin = writer(child);
      stdin.write(Buffer.alloc(1e6));
      const draining = createTask(stdin.drain());
      yield* sleep(50);
      expect(draining.done()).toBe(false);
      child.kill();
      expect(yield* child.wait()).toBe(-9);
      let error: unknown;
      try {
        yield* draining;
      } catch (thrown) {
        error = thrown;
      }
      expect(error).toMatchObject({ code: 'EPIPE' });
    });
  });

  test('never reads, and whose loop ends: it is killed, unsent bytes keep nothing open', () => {
    const pid = runHere(function* () {
      const child = yield* createSubprocessExec('sleep', ['60'], { stdin: PIPE });
      writer(child).write(Buffer.alloc(1e6));
      return child.pid;
    });
    expect(isRunning(pid)).toBe(false);
  });

  test('ignores SIGTERM: shutdown() kills it when its time is up, not before', () => {
    runHere(function* () {
      const child = yield* createSubprocessShell(untilKilled('trap "" TERM;'), pipes);
      yield* reader(child).readLine();
      const began = performance.now();
      expect(yield* child.shutdown(300)).toBe(-9);
      expect(performance.now() - began).toBeGreaterThanOrEqual(299);
    });
  });

  test('leaves a grandchild with its pipes: wait() returns, communicate() waits for the end of the streams', () => {
    runHere(function* () {
      const child = yield* createSubprocessShell('(sleep 0.7; echo late) & echo early', pipes);
      const began = performance.now();
      expect(yield* child.wait()).toBe(0);
      expect(performance.now() - began).toBeLessThan(600);
      expect(String((yield* child.communicate())[0])).toBe('early\nlate\n');
    });
  });

  test('leaves a grandchild with its pipes for good: leaving closes them', () => {
    const pid = runHere(function* () {
      using child = yield* createSubprocessShell('sleep 60 & echo $!', pipes);
      const line = String(yield* reader(child).readLine());
      yield* child.wait();
      return Number(line);
    });
    expect(isRunning(pid)).toBe(true);
    process.kill(pid, 'SIGKILL');
  });

  test('is stopped: it has not ended, goes on, and can be asked to end while it is stopped', () => {
    runHere(function* () {
      const child = yield* createSubprocessShell(untilKilled('trap "echo ended; exit 4" TERM;'), pipes);
      yield* reader(child).readLine();
      child.sendSignal('SIGSTOP');
      const waiting = createTask(child.wait());
      yield* sleep(100);
      expect(waiting.done()).toBe(false);
      child.sendSignal('SIGCONT');
      yield* sleep(20);
      child.sendSignal('SIGSTOP');
      yield* sleep(20);
      expect(yield* child.shutdown(8000)).toBe(4);
      expect(yield* waiting).toBe(4);
      expect(String((yield* child.communicate())[0])).toBe('ended\n');
    });
  });
});
