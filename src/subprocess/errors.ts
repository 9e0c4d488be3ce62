/** What goes wrong with processes: at their start, and at their end. */

import { constants } from 'node:os';
import { OSError } from '../base/errors.ts';
import { ESRCH } from '../kernel/errno.ts';
import { osError } from '../kernel/os-error.ts';
import { SPAWN_STEPS } from '../kernel/process-calls.ts';
import type { ProcessText, SpawnRequest } from './spawn-request.ts';

/** What to do about what execve refuses. */
const EXEC_REMEDIES: Readonly<Record<string, string>> = {
  ENOEXEC: 'a script needs a first line such as #!/bin/sh, or a shell: createSubprocessShell()',
  E2BIG: 'arguments and environment together are too long; hand over data by stdin',
  EACCES: 'it must be a file that may be executed',
};

/** The error for a start that was refused: it names the program or the directory, whichever it was. */
export function spawnError(result: number, step: number, request: SpawnRequest): OSError {
  const syscall = SPAWN_STEPS[step] ?? 'spawn';
  const program = textOf(request.args[0] as ProcessText);
  if (syscall === 'chdir') return osError(result, syscall, textOf(request.cwd as ProcessText));
  if (syscall !== 'execve') return osError(result, syscall, program);
  const [first] = request.executables;
  const path = request.executables.length === 1 ? textOf(first as ProcessText) : program;
  const error = osError(result, syscall, path);
  const remedy =
    error.code === 'ENOENT' && request.executables.length > 1
      ? 'there is no such program in PATH'
      : EXEC_REMEDIES[error.code];
  return remedy === undefined ? error : new OSError(`${error.message}: ${remedy}`, error);
}

/** The error for a signal to a process that has ended. Python's ProcessLookupError. */
export function processGone(pid: number): OSError {
  const fields = { code: 'ESRCH', errno: -ESRCH, syscall: 'kill' };
  return new OSError(`kill ESRCH process ${pid} (no such process): it has ended already`, fields);
}

/** What ended a process, in words: `exit code 3`, `signal SIGTERM`. */
export function describeReturncode(returncode: number): string {
  if (returncode >= 0) return `exit code ${returncode}`;
  return `signal ${signalName(-returncode) ?? -returncode}`;
}

/** The name of a signal's number. */
export function signalName(signum: number): NodeJS.Signals | null {
  const found = Object.entries(constants.signals).find(([, number]) => number === signum);
  return (found?.[0] as NodeJS.Signals | undefined) ?? null;
}

/** At most this many bytes from the end of stderr are shown in an error's message. */
const SHOWN_STDERR_BYTES = 2000;

/**
 * A process ended with another exit code than 0, or by a signal. Python's `subprocess.CalledProcessError`.
 */
export class CalledProcessError extends Error {
  override readonly name = 'CalledProcessError';
  /** What was run. */
  readonly command: string | readonly ProcessText[];
  /** The exit code; of a process that a signal ended, the signal's number, negative. */
  readonly returncode: number;
  /** The name of the signal that ended it; `null` if none did. */
  readonly signal: NodeJS.Signals | null;
  /** What it wrote, as far as that was captured. */
  readonly stdout: Buffer | null;
  readonly stderr: Buffer | null;

  constructor(
    command: string | readonly ProcessText[],
    returncode: number,
    stdout: Buffer | null = null,
    stderr: Buffer | null = null,
  ) {
    super(`${describeCommand(command)} ended with ${describeReturncode(returncode)}${endOf(stderr)}`);
    this.command = command;
    this.returncode = returncode;
    this.signal = returncode < 0 ? signalName(-returncode) : null;
    this.stdout = stdout;
    this.stderr = stderr;
  }
}

/** A command as a shell would be told it, more or less. */
export function describeCommand(command: string | readonly ProcessText[]): string {
  if (typeof command === 'string') return `command ${JSON.stringify(command)}`;
  const words = command.map((word) => {
    const text = textOf(word);
    return /^[\w@%+=:,./-]+$/.test(text) ? text : JSON.stringify(text);
  });
  const line = words.join(' ');
  return `command ${line.length > 200 ? `${line.slice(0, 200)}…` : line}`;
}

function endOf(stderr: Buffer | null): string {
  if (stderr === null || stderr.length === 0) return '';
  const text = stderr.subarray(-SHOWN_STDERR_BYTES).toString().trimEnd();
  return `: ${stderr.length > SHOWN_STDERR_BYTES ? '…' : ''}${text}`;
}

function textOf(text: ProcessText): string {
  return typeof text === 'string' ? text : Buffer.from(text).toString();
}
