/** A program from its start to its end, in one call. */

import { requireOptions } from '../base/arguments.ts';
import { TimeoutError, timedOut } from '../base/errors.ts';
import { checkedTime, shielded } from '../cancellation/deadlines.ts';
import type { Coroutine } from '../coroutines/coroutine.ts';
import { describeValue } from '../coroutines/misuse.ts';
import { timeout } from '../tasks/timeout.ts';
import { createSubprocessExec, createSubprocessShell, type ProcessOptions } from './create-subprocess.ts';
import { CalledProcessError, describeCommand, signalName } from './errors.ts';
import { keepOutput } from './partial-output.ts';
import { type Process, requireInput } from './process.ts';
import type { ProcessText } from './spawn-request.ts';
import { DEVNULL, PIPE } from './stdio.ts';

/** Options of {@link runProcess}. */
export interface RunProcessOptions extends ProcessOptions {
  /** What its stdin gets: bytes, or text. Default: nothing, its stdin is empty. */
  readonly input?: Uint8Array | string | undefined;
  /**
   * Whether to keep what it writes: both streams, or the one that is named. Default: it writes where this
   * program does.
   */
  readonly capture?: boolean | 'stdout' | 'stderr' | undefined;
  /** Whether an exit code other than 0 is an error. Default: true. */
  readonly check?: boolean | undefined;
  /** It may take so many milliseconds. Default: as long as it likes. */
  readonly timeoutMs?: number | null | undefined;
}

/** How a program ended. Python's `subprocess.CompletedProcess`. */
export interface CompletedProcess {
  readonly command: string | readonly ProcessText[];
  /** The exit code; of a process that a signal ended, the signal's number, negative. */
  readonly returncode: number;
  /** The name of the signal that ended it; `null` if none did. */
  readonly signal: NodeJS.Signals | null;
  /** What it wrote; `null` for what was not captured. */
  readonly stdout: Buffer | null;
  readonly stderr: Buffer | null;
}

/**
 * Runs a program to its end. `trio.run_process`, with the names of Python's `subprocess.run`.
 *
 *     const { stdout } = yield* runProcess(['git', 'rev-parse', 'HEAD'], { capture: true });
 *     yield* runProcess('make test | tee log', { timeoutMs: 60_000 });
 *
 * Left early, by cancellation, by the timeout or by an error, it asks the process to end (SIGTERM), kills it
 * if it has not ended after `graceMs`, and waits for that: no process is left behind. {@link partialOutput}
 * of the error tells what it had written until then. The processes that it started itself are its own affair;
 * the pipes that they hold do not keep this waiting then.
 *
 * @param command an array: a program and its arguments; a string: a command of the shell
 * @throws CalledProcessError with `check`, for another exit code than 0; TimeoutError; OSError when it cannot
 *   be started
 */
export function* runProcess(
  command: string | readonly ProcessText[],
  options: RunProcessOptions = {},
): Coroutine<CompletedProcess> {
  requireOptions('runProcess', 'runProcess(command, { capture: true })', options);
  const { timeoutMs = null, check = true, input = null } = options;
  // Before there is a process, which would have to be ended.
  checkedTime(timeoutMs, 'runProcess', 'timeoutMs');
  if (input !== null) requireInput(input, 'runProcess');
  const process = yield* start(command, options);
  let output: [Buffer | null, Buffer | null];
  try {
    output = yield* timeout(timeoutMs, () => process.communicate(input));
  } catch (error) {
    const partial = yield* shielded(() => process.endAndTake());
    const left =
      error instanceof TimeoutError
        ? timedOut(`runProcess: ${describeCommand(command)}`, timeoutMs, { cause: error })
        : error;
    keepOutput(left, partial);
    throw left;
  } finally {
    process.close();
  }
  const [stdout, stderr] = output;
  const returncode = process.returncode as number;
  if (check && returncode !== 0) throw new CalledProcessError(command, returncode, stdout, stderr);
  const signal = returncode < 0 ? signalName(-returncode) : null;
  return { command, returncode, signal, stdout, stderr };
}

function start(command: string | readonly ProcessText[], options: RunProcessOptions): Coroutine<Process> {
  const { input, capture = false } = options;
  if (![true, false, 'stdout', 'stderr'].includes(capture)) {
    throw new TypeError(
      `runProcess: capture must be true, false, 'stdout' or 'stderr', got ${describeValue(capture)}`,
    );
  }
  const stdio = {
    stdin: options.stdin ?? (input === undefined ? DEVNULL : PIPE),
    stdout: options.stdout ?? (capture === true || capture === 'stdout' ? PIPE : 'inherit'),
    stderr: options.stderr ?? (capture === true || capture === 'stderr' ? PIPE : 'inherit'),
  } as const;
  if (typeof command === 'string') return createSubprocessShell(command, { ...options, ...stdio });
  if (!Array.isArray(command)) {
    throw new TypeError(
      `runProcess: the command is an array, or a string for the shell, got ${describeValue(command)}`,
    );
  }
  const [program, ...args] = command as readonly ProcessText[];
  return createSubprocessExec(program as ProcessText, args, { ...options, ...stdio });
}
