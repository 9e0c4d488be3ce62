/** Standard input and output, whatever they are: pipes, sockets, files, devices, terminals. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  createSubprocessExec,
  type StreamReader,
  type StreamWriter,
  stdin,
  stdout,
} from '../../../src/index.ts';
import { builtProgram } from '../../support/built-program.ts';
import { type Program, startProgram } from '../../support/run-program.ts';
import { onTeardown } from '../../support/teardown.ts';
import { realLoop } from '../loop/real-loop.ts';

const path = 'test/integration/streams/programs/standard-streams.ts';

/** Starts it within a line of shell, in which `"$@"` is the program. */
const inShell = (how: string, line: string): Program =>
  startProgram(path, { under: ['sh', '-c', line, 'sh'], args: [how] });

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'standard-'));
  onTeardown(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

describe('lines from input to output', () => {
  test('sockets, as Node gives to its children', async () => {
    const program = startProgram(path, { args: ['upper'] });
    program.child.stdin.write('one\n');
    await program.waitForLine(/^ONE$/);
    program.child.stdin.end('two\nthree');
    expect(await program.waitForExit(), program.stderr).toBe(0);
    expect(program.stdout).toBe('ONE\nTWO\nTHREE');
  });

  test('pipes of a shell', async () => {
    const program = inShell('upper', '{ echo one; echo two; } | "$@" | cat');
    expect(await program.waitForExit(), program.stderr).toBe(0);
    expect(program.stdout).toBe('ONE\nTWO\n');
  });

  test('files: a large one, more than a reader holds ahead', async () => {
    const [input, output] = ['input', 'output'].map((name) => join(folder(), name)) as [string, string];
    const lines = Array.from({ length: 30_000 }, (_, i) => `line ${i}\n`).join('');
    writeFileSync(input, lines);
    writeFileSync(output, 'before\n');
    const program = inShell('upper', `"$@" < '${input}' >> '${output}'`);
    expect(await program.waitForExit(), program.stderr).toBe(0);
    expect(readFileSync(output, 'utf8')).toBe(`before\n${lines.toUpperCase()}`);
  });

  test('/dev/null at both ends', async () => {
    const program = inShell('upper', '"$@" < /dev/null > /dev/null');
    expect(await program.waitForExit(), program.stderr).toBe(0);
  });

  test('a terminal', () => {
    const { loop } = realLoop();
    loop.run(function* () {
      const node = [builtProgram(path), 'upper'];
      const pty = { rows: 24, columns: 80 };
      using child = yield* createSubprocessExec(process.execPath, node, { pty });
      const [keyboard, screen] = [child.stdin, child.stdout] as [StreamWriter, StreamReader];
      keyboard.write(Buffer.from('hello\n'));
      yield* screen.readUntil(Buffer.from('HELLO\r\n'));
      // The key that ends the input of a terminal.
      keyboard.write(Buffer.from('\x04'));
      expect(yield* child.wait()).toBe(0);
    });
  });
});

describe('ends', () => {
  test('what is not written when main ends is written before the run ends', async () => {
    const program = inShell('leaves', '"$@" | { sleep 0.2; cat; }');
    expect(await program.waitForExit(), program.stderr).toBe(0);
    expect(program.stderr).toBe('main has ended\n');
    expect(program.lines.length).toBe(1000);
    expect(program.lines.at(-1)?.endsWith('.999')).toBe(true);
  });

  test('a reader that has gone ends the write that is awaited', async () => {
    const program = inShell('endless', '"$@" | head -c 100000 | wc -c');
    expect(await program.waitForExit(), program.stderr).toBe(0);
    expect([program.stdout.trim(), program.stderr]).toEqual(['100000', 'nobody reads\n']);
  });

  test('the same streams each time; a closed one is opened again', async () => {
    const program = startProgram(path, { args: ['same'] });
    expect(await program.waitForExit(), program.stderr).toBe(0);
    expect(program.lines).toEqual(['true true', 'false', 'open']);
  });

  test('nothing of them is reported as left behind', async () => {
    const program = startProgram(path, { args: ['same'], env: { SELECTLOOP_DEBUG: '1' } });
    expect(await program.waitForExit()).toBe(0);
    expect(program.stderr).toBe('');
  });
});

test('waiting for input holds up nothing', async () => {
  const program = startProgram(path, { args: ['beside'] });
  await program.waitForLine(/^ticking$/);
  program.child.stdin.end('at last\n');
  await program.waitForLine(/^at last$/);
  expect(await program.waitForExit(), program.stderr).toBe(0);
});

test('what cannot be read is an error in words', async () => {
  const program = inShell('upper', '"$@" < .');
  expect(await program.waitForExit()).toBe(1);
  expect(program.stderr).toContain('read EISDIR fd 0');
});

test('outside of a run', () => {
  expect(() => stdin()).toThrow('stdin: no event loop is running');
  expect(() => stdout()).toThrow('stdout: no event loop is running');
});
