/** What the three standard descriptors of a child may be. */

import { describeValue } from '../coroutines/misuse.ts';
import {
  STDIO_INHERIT,
  STDIO_NULL,
  STDIO_PIPE,
  STDIO_SAME_AS_OUTPUT,
  STDIO_TERMINAL,
} from '../kernel/process-calls.ts';
import { Socket } from '../sockets/socket.ts';

/** For `stdin`, `stdout` or `stderr`: a pipe to this program. `asyncio.subprocess.PIPE`. */
export const PIPE = -1;
/** For `stderr`: where stdout goes. `asyncio.subprocess.STDOUT`. */
export const STDOUT = -2;
/** For `stdin`, `stdout` or `stderr`: `/dev/null`. `asyncio.subprocess.DEVNULL`. */
export const DEVNULL = -3;

/**
 * What a standard descriptor of a child shall be: {@link PIPE}, {@link DEVNULL}, `'inherit'` or `null` (this
 * program's own), a descriptor's number, or an object with one, such as a `Socket`; for `stderr` also
 * {@link STDOUT}.
 *
 * A `Socket` becomes blocking, since that is what programs expect, and both processes share that property:
 * close it here after the start, and use the other end.
 */
export type StdioInput = number | 'inherit' | { fileno(): number } | null;

/** The three, as the kernel wants them. */
export interface StdioChoices {
  readonly stdin?: StdioInput | undefined;
  readonly stdout?: StdioInput | undefined;
  readonly stderr?: StdioInput | undefined;
}

/** The three, checked. */
export interface Stdio {
  /** A descriptor each, or one of the `STDIO_…` values. */
  readonly stdio: readonly [stdin: number, stdout: number, stderr: number];
  /** Those of ours among them. */
  readonly sockets: readonly Socket[];
}

/**
 * @param hasTerminal what is left out is the terminal
 * @throws TypeError for what leads nowhere; RangeError for a descriptor that cannot be
 */
export function stdioOf(choices: StdioChoices, hasTerminal: boolean, call: string): Stdio {
  const sockets: Socket[] = [];
  const number = (name: 'stdin' | 'stdout' | 'stderr'): number => {
    const choice = choices[name];
    if (choice === undefined && hasTerminal) return STDIO_TERMINAL;
    if (choice === STDOUT && name !== 'stderr') {
      throw new RangeError(`${call}: STDOUT is for stderr only, not for ${name}`);
    }
    if (choice instanceof Socket) sockets.push(choice);
    return stdioNumber(choice ?? 'inherit', `${call}: ${name}`);
  };
  return { stdio: [number('stdin'), number('stdout'), number('stderr')], sockets };
}

function stdioNumber(choice: Exclude<StdioInput, null>, where: string): number {
  if (choice === 'inherit') return STDIO_INHERIT;
  if (choice === PIPE) return STDIO_PIPE;
  if (choice === DEVNULL) return STDIO_NULL;
  if (choice === STDOUT) return STDIO_SAME_AS_OUTPUT;
  return descriptorOf(choice, where);
}

/** The number of a descriptor, given as one or as an object. */
export function descriptorOf(source: unknown, where: string): number {
  const fileno = (source as { fileno?: () => unknown } | null)?.fileno;
  const fd = typeof source === 'number' ? source : fileno?.call(source);
  if (typeof fd !== 'number' || !Number.isInteger(fd)) {
    throw new TypeError(
      `${where} must be PIPE, DEVNULL, 'inherit', a descriptor or an object with fileno(), got ${describeValue(source)}`,
    );
  }
  if (fd < 0) throw new RangeError(`${where}: ${fd} is no descriptor. Is it closed already?`);
  return fd;
}
