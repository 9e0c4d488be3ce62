/**
 * Runs several commands side by side, at most a few at a time, and prints what they write as they write it.
 *
 *     node --import tsx examples/run-many.ts 'make -C a' 'make -C b' 'npm test'
 *     LIMIT=2 TIMEOUT_MS=60000 node --import tsx examples/run-many.ts …
 *
 * The exit code is the number of commands that failed.
 */

import {
  type Coroutine,
  createSubprocessShell,
  DEVNULL,
  gather,
  PIPE,
  print,
  runMain,
  Semaphore,
  STDOUT,
  type StreamReader,
  TimeoutError,
  timeout,
} from 'selectloop';

const limit = Number(process.env.LIMIT ?? 4);
const timeoutMs = Number(process.env.TIMEOUT_MS ?? 300_000);

/** Whether `command` ended well. Left early, by its timeout or by Ctrl-C, `using` sees to its end. */
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
    if (!(error instanceof TimeoutError)) throw error;
    print(`${name} took more than ${timeoutMs} ms`);
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

const failures = runMain(() => main(process.argv.slice(2)));
if (failures !== undefined) process.exitCode = failures;
