/** Processes for coroutines: from a program or a shell command. */

import { requireOptions } from '../base/arguments.ts';
import type { Coroutine } from '../coroutines/coroutine.ts';
import { checkTime } from '../loop/call-options.ts';
import { runningLoop } from '../loop/current-loop.ts';
import type { SubprocessOptions } from './options.ts';
import { DEFAULT_GRACE_MS, Process, SubprocessStreamProtocol } from './process.ts';
import { subprocessExec, subprocessShell } from './spawn.ts';
import type { ProcessText } from './spawn-request.ts';
import type { SubprocessTransport } from './subprocess-transport.ts';

/** Options of {@link createSubprocessExec} and {@link createSubprocessShell}. */
export interface ProcessOptions extends SubprocessOptions {
  /**
   * The readers' limit: the longest line, in bytes, and half of what is held before the process is slowed
   * down. Default: 64 KiB.
   */
  readonly limit?: number | undefined;
  /** How many milliseconds `using` and `shutdown()` give the process to end by itself. Default: 5000. */
  readonly graceMs?: number | undefined;
}

/**
 * Starts a program. `asyncio.create_subprocess_exec` of CPython 3.13.
 *
 *     const process = yield* createSubprocessExec('git', ['status', '--short'], { stdout: PIPE });
 *     yield* process.stdout.lines((line) => print(line.toString()));
 *     const returncode = yield* process.wait();
 *
 * Nothing but the three standard descriptors and `passFds` is inherited. A name without a slash is looked for
 * in the `PATH` of the child's environment.
 *
 * @param program a path or a name
 * @param args without the program itself
 * @throws OSError that names the program (ENOENT, EACCES, ENOEXEC, E2BIG) or the `cwd` (ENOENT, ENOTDIR);
 *   EMFILE, EAGAIN; RangeError for a limit that is not positive; TypeError for options of a wrong kind;
 *   RuntimeError outside of a running loop
 */
export function* createSubprocessExec(
  program: ProcessText,
  args: readonly ProcessText[] = [],
  options: ProcessOptions = {},
): Coroutine<Process> {
  const loop = runningLoop('createSubprocessExec');
  checkOptions('createSubprocessExec', "'ls', ['-l'], { stdout: PIPE }", options);
  const factory = () => new SubprocessStreamProtocol(loop, options.limit);
  return processOf(yield* subprocessExec(loop, factory, program, args, options), options);
}

/**
 * Starts a command of the shell, `/bin/sh -c`. `asyncio.create_subprocess_shell` of CPython 3.13. What a
 * stranger wrote does not belong into a command: a shell runs everything in it. Use
 * {@link createSubprocessExec} for that.
 * @throws as {@link createSubprocessExec}
 */
export function* createSubprocessShell(
  command: ProcessText,
  options: ProcessOptions = {},
): Coroutine<Process> {
  const loop = runningLoop('createSubprocessShell');
  checkOptions('createSubprocessShell', "'ls -l', { stdout: PIPE }", options);
  const factory = () => new SubprocessStreamProtocol(loop, options.limit);
  return processOf(yield* subprocessShell(loop, factory, command, options), options);
}

/** What only this file and the process itself use: the rest is checked where the process is started. */
function checkOptions(call: string, usage: string, options: ProcessOptions): void {
  requireOptions(call, `${call}(${usage})`, options);
  if (options.graceMs !== undefined) checkTime(options.graceMs, call, 'graceMs');
}

function processOf(
  [transport, protocol]: [SubprocessTransport, SubprocessStreamProtocol],
  options: ProcessOptions,
): Process {
  const hasTerminal = (options.pty ?? null) !== null && options.stdin === undefined;
  return new Process(transport, protocol, options.graceMs ?? DEFAULT_GRACE_MS, hasTerminal);
}
