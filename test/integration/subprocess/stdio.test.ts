/** What the standard descriptors of a process may be. */

import { closeSync, mkdtempSync, openSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Coroutine } from '../../../src/index.ts';
import {
  createSubprocessExec,
  createSubprocessShell,
  DEVNULL,
  getRunningLoop,
  PIPE,
  type Process,
  type ProcessOptions,
  STDOUT,
} from '../../../src/index.ts';
import { socketpair } from '../../../src/socket.ts';
import { onTeardown } from '../../support/releases.ts';
import { runHere } from './process-loop.ts';

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

describe('standard descriptors', () => {
  test('stderr with stdout, or nowhere', () => {
    runHere(function* () {
      expect(yield* outputOf('echo a; echo b >&2', { stderr: STDOUT })).toEqual(['a\nb\n', 0]);
      expect(yield* outputOf('echo a; echo b >&2; cat', { stderr: DEVNULL, stdin: DEVNULL })).toEqual([
        'a\n',
        0,
      ]);
    });
  });

  test('a descriptor, that of a file', () => {
    const path = join(folder(), 'file');
    writeFileSync(path, 'from a file\n');
    const input = openSync(path, 'r');
    const output = openSync(`${path}-out`, 'w');
    runHere(function* () {
      const child = yield* createSubprocessExec('cat', [], { stdin: input, stdout: output, stderr: output });
      expect(yield* child.wait()).toBe(0);
      expect([child.stdin, child.stdout, child.stderr]).toEqual([null, null, null]);
    });
    closeSync(input);
    closeSync(output);
    expect(readFileSync(`${path}-out`, 'utf8')).toBe('from a file\n');
  });

  test('a Socket, in both directions', () => {
    const [ours, theirs] = socketpair();
    onTeardown(() => {
      ours.close();
      theirs.close();
    });
    runHere(function* () {
      const loop = getRunningLoop();
      const child = yield* createSubprocessExec('cat', [], { stdin: theirs, stdout: theirs });
      theirs.close();
      yield* loop.sockSendall(ours, Buffer.from('through a socket'));
      expect(String(yield* loop.sockRecv(ours, 100))).toBe('through a socket');
      ours.close();
      expect(yield* child.wait()).toBe(0);
    });
  });

  test('a descriptor to pass keeps its number', () => {
    const path = join(folder(), 'file');
    writeFileSync(path, 'passed');
    const fd = openSync(path, 'r');
    runHere(function* () {
      expect(yield* outputOf(`cat /proc/self/fd/${fd}`, { passFds: [fd] })).toEqual(['passed', 0]);
      const [, code] = yield* outputOf(`cat /proc/self/fd/${fd}`, { stderr: DEVNULL });
      expect(code).toBe(1);
    });
    closeSync(fd);
  });

  test('lines as they come, and a writer that waits for its reader', () => {
    runHere(function* () {
      const child = yield* createSubprocessShell('while read x; do echo "got $x"; done', {
        stdin: PIPE,
        stdout: PIPE,
      });
      const { stdin, stdout } = child;
      if (stdin === null || stdout === null) throw new Error('no pipes');
      for (const word of ['one', 'two']) {
        yield* stdin.write(Buffer.from(`${word}\n`));
        expect(String(yield* stdout.readLine())).toBe(`got ${word}\n`);
      }
      stdin.writeEof();
      expect(yield* child.wait()).toBe(0);
      yield* stdin.waitClosed();
      expect((yield* stdout.read()).length).toBe(0);
    });
  });

  test('a line beyond the limit is refused, as by any reader', () => {
    runHere(function* () {
      const child = yield* createSubprocessShell('head -c 5000 /dev/zero', { stdout: PIPE, limit: 100 });
      let error: unknown = null;
      try {
        yield* (child.stdout as NonNullable<Process['stdout']>).readUntil(Buffer.from('\n'));
      } catch (thrown) {
        error = thrown;
      }
      expect(String(error)).toMatch(/limit/);
      yield* child.communicate();
    });
  });
});
