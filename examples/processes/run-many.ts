/**
 * Runs several commands side by side, at most a few at a time, and prints what they write as they write it.
 *
 *     npm run example -- run-many 'make -C a' 'make -C b' 'npm test'
 *     npm run example -- run-many --limit 2 --timeout-ms 60000 …
 *
 * The exit code is the number of commands that failed.
 */

import {
  type Coroutine,
  createSubprocessShell,
  DEVNULL,
  gather,
  LimitOverrunError,
  PIPE,
  print,
  runMain,
  Semaphore,
  STDOUT,
  type StreamReader,
  TimeoutError,
  timeout,
} from 'selectloop';
import { commandLine, wholeNumber } from '../command-line.ts';

const { limit, timeoutMs, rest } = commandLine(
  'run-many',
  {
    limit: wholeNumber(4, 'how many run at a time', { least: 1 }),
    timeoutMs: wholeNumber(300_000, 'how long each may take'),
  },
  'COMMAND …',
);

/** Whether `command` ended well. Left early, by its timeout, by what it writes or by Ctrl-C, `using` sees to its end. */
function* runOne(command: string, name: string): Coroutine<boolean> {
  print(`${name} $ ${command}`);
  using child = yield* createSubprocessShell(command, { stdin: DEVNULL, stdout: PIPE, stderr: STDOUT });
  const output = child.stdout as StreamReader;
  try {
    yield* timeout(timeoutMs, function* () {
      yield* output.lines((line) => print(`${name} | ${line.toString().trimEnd()}`));
      yield* child.wait();
    });
  } catch (error) {
    if (error instanceof TimeoutError) print(`${name} took more than ${timeoutMs} ms`);
    else if (error instanceof LimitOverrunError) print(`${name} wrote a line that is too long`);
    else throw error;
    return false;
  }
  print(`${name} ended with ${child.returncode}`);
  return child.returncode === 0;
}

function* main(commands: readonly string[]): Coroutine<number> {
  const places = new Semaphore(limit);
  const results = yield* gather(
    commands.map((command, index) => places.with(() => runOne(command, `[${index + 1}]`))),
  );
  return results.filter((ok) => !ok).length;
}

const failures = runMain(() => main(rest));
if (failures !== undefined) process.exitCode = failures;
