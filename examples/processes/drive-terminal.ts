/**
 * Drives an interactive program through a terminal of its own: starts Python, waits for its prompts, types, reads the
 * answers, and resizes the terminal under it.
 *
 *     npm run example -- drive-terminal '6 * 7' '2 ** 100'
 *
 * Programs that ask for passwords, draw on the screen or refuse to talk to a pipe are driven in the same way.
 */

import {
  type Coroutine,
  createSubprocessExec,
  print,
  runMain,
  type StreamReader,
  type StreamWriter,
  timeout,
} from 'selectloop';
import { commandLine } from '../command-line.ts';

const { rest } = commandLine('drive-terminal', {}, 'EXPRESSION …');

const PROMPT = Buffer.from('>>> ');

/** What the program says until its next prompt. */
function* untilPrompt(output: StreamReader): Coroutine<string> {
  const said = yield* timeout(10_000, () => output.readUntil(PROMPT));
  return said.subarray(0, -PROMPT.length).toString().replaceAll('\r\n', '\n');
}

function* main(questions: readonly string[]): Coroutine<void> {
  using child = yield* createSubprocessExec('python3', ['-q', '-i'], {
    pty: { rows: 24, columns: 80 },
    // No line editing: what is typed comes back as it was.
    env: { ...process.env, TERM: 'dumb', PYTHON_BASIC_REPL: '1' },
  });
  const [input, output] = [child.stdin as StreamWriter, child.stdout as StreamReader];
  /** Types a line; returns the answer, without the echo of what was typed. */
  const ask = function* (line: string): Coroutine<string> {
    yield* input.write(Buffer.from(`${line}\n`));
    let said = yield* untilPrompt(output);
    // A program whose terminal was resized prints its prompt again, before it has read the line.
    while (!said.includes('\n')) said = yield* untilPrompt(output);
    return said.replace(/^.*\n/, '').trimEnd();
  };
  yield* untilPrompt(output);
  for (const question of questions) print(`${question} = ${yield* ask(question)}`);

  yield* ask('import os');
  print(`terminal: ${yield* ask('os.get_terminal_size().columns')} columns`);
  child.resizeTerminal({ rows: 24, columns: 132 });
  print(`terminal: ${yield* ask('os.get_terminal_size().columns')} columns`);

  // ^D, at the beginning of a line: the end of input.
  yield* input.write(Buffer.from([4]));
  print(`python3 ended with ${yield* child.wait()}`);
}

runMain(() => main(rest));
