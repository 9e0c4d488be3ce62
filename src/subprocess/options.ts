/** Options of a new process, checked, and put into the words of the kernel. */

import { fileURLToPath } from 'node:url';
import { requireBoolean, requireEnvironment } from '../base/arguments.ts';
import { environmentVariable } from '../base/environment.ts';
import { describeValue, requireArray } from '../coroutines/misuse.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { LoopCore } from '../loop/loop-core.ts';
import type { ProcessText, SpawnRequest } from './spawn-request.ts';
import { descriptorOf, type Stdio, type StdioChoices, stdioOf } from './stdio.ts';

/** Characters and lines of a terminal. */
export interface TerminalSize {
  readonly rows: number;
  readonly columns: number;
}

/**
 * Resources that can be limited, `RLIMIT_…` of setrlimit(2) in lower case. What a system does not know is
 * refused.
 */
export type LimitedResource =
  | 'as'
  | 'core'
  | 'cpu'
  | 'data'
  | 'fsize'
  | 'memlock'
  | 'nofile'
  | 'nproc'
  | 'rss'
  | 'stack';

/**
 * Limits of a child. One number is both the soft and the hard limit; `Infinity` is none. `cpu` is in seconds,
 * sizes in bytes.
 */
export type ResourceLimits = Partial<
  Readonly<Record<LimitedResource, number | readonly [soft: number, hard: number]>>
>;

/**
 * How a process is started. `asyncio.create_subprocess_exec` of CPython 3.13, and `pty`, `resourceLimits`.
 */
export interface SubprocessOptions extends StdioChoices {
  /** The directory it starts in. Default: this program's. */
  readonly cwd?: ProcessText | URL | null | undefined;
  /** Its environment, whole. Default: `process.env`. Its `PATH` is where the program is looked for. */
  readonly env?: Readonly<Record<string, string | undefined>> | null | undefined;
  /** The name that it sees as its own, its first argument. Default: the program. */
  readonly argv0?: ProcessText | undefined;
  /** The user, by number. Takes a right to change it. */
  readonly uid?: number | undefined;
  /** The group, by number. */
  readonly gid?: number | undefined;
  /** The supplementary groups. */
  readonly groups?: readonly number[] | undefined;
  /** The bits that new files of the child do not get, such as `0o077`. */
  readonly umask?: number | undefined;
  /** Starts a session, without a terminal: setsid(2). */
  readonly startNewSession?: boolean | undefined;
  /** Joins a process group of this session; 0 begins one: setpgid(2). */
  readonly processGroup?: number | undefined;
  /**
   * Descriptors that the child gets too, under the same numbers. All others but the standard three are closed
   * in it.
   */
  readonly passFds?: readonly (number | { fileno(): number })[] | undefined;
  /**
   * Whether signals that Node ignores (SIGPIPE, SIGXFSZ) do in the child what they do by default. Default:
   * true.
   */
  readonly restoreSignals?: boolean | undefined;
  /** A terminal of its own, for each standard descriptor that is not given. It then leads a session. */
  readonly pty?: TerminalSize | null | undefined;
  /** Limits of resources: setrlimit(2). */
  readonly resourceLimits?: ResourceLimits | undefined;
}

const DEFAULT_PATH = '/bin:/usr/bin';
/** Users and groups are unsigned; the last number means "unchanged" to the system. */
const HIGHEST_ID = 0xffff_fffe;

/** @throws TypeError, RangeError with what is wrong */
export function spawnRequestOf(
  loop: LoopCore,
  call: string,
  program: ProcessText,
  args: readonly ProcessText[],
  options: SubprocessOptions,
): SpawnRequest & Stdio {
  const env = options.env ?? process.env;
  requireEnvironment(call, env);
  for (const name of ['startNewSession', 'restoreSignals'] as const)
    if (options[name] !== undefined) requireBoolean(call, name, options[name]);
  const pty = options.pty ?? null;
  return {
    executables: executablesOf(program, env.PATH ?? DEFAULT_PATH, call),
    args: [options.argv0 ?? program, ...args],
    environment: environmentOf(env, call),
    cwd: options.cwd instanceof URL ? fileURLToPath(options.cwd) : (options.cwd ?? null),
    ...stdioOf(options, pty !== null, call),
    newSession: options.startNewSession ?? false,
    restoreSignals: options.restoreSignals ?? true,
    processGroup: whole(options.processGroup, 0x7fff_ffff, call, 'processGroup'),
    uid: whole(options.uid, HIGHEST_ID, call, 'uid'),
    gid: whole(options.gid, HIGHEST_ID, call, 'gid'),
    groups:
      options.groups === undefined
        ? null
        : listOf(options.groups, call, 'groups').map((each) =>
            requireWhole(each, HIGHEST_ID, call, 'groups'),
          ),
    umask: whole(options.umask, 0o777, call, 'umask'),
    passFds: listOf(options.passFds ?? [], call, 'passFds').map((source) =>
      descriptorOf(source, `${call}: passFds`),
    ),
    limits: limitsOf(loop.kernel, options.resourceLimits ?? {}, call),
    terminal: pty === null ? null : checkedSize(pty, call),
    // As SELECTLOOP_POLLER: for tests of the fallback.
    watchByThread: environmentVariable('SELECTLOOP_CHILD_WATCH') === 'thread',
  };
}

/** @throws TypeError, RangeError if it is not the size of a terminal */
export function checkedSize(size: TerminalSize, call: string): TerminalSize {
  if (typeof size !== 'object' || size === null) {
    throw new TypeError(`${call}: a terminal's size is { rows, columns }, got ${describeValue(size)}`);
  }
  const { rows, columns } = size;
  requireWhole(rows, 0xffff, call, 'rows');
  requireWhole(columns, 0xffff, call, 'columns');
  return { rows, columns };
}

/** A name without a slash is looked for in each directory of the path, as execvpe(3) does. */
function executablesOf(program: ProcessText, path: string, call: string): ProcessText[] {
  if (typeof program !== 'string' && !(program instanceof Uint8Array)) {
    throw new TypeError(`${call}: the program must be a string, got ${describeValue(program)}`);
  }
  if (program.length === 0) throw new RangeError(`${call}: the program's name is empty`);
  const hasSlash = typeof program === 'string' ? program.includes('/') : program.includes(0x2f);
  if (hasSlash) return [program];
  return path.split(':').map((folder) => {
    const prefix = folder === '' ? './' : `${folder}/`;
    if (typeof program === 'string') return prefix + program;
    return Buffer.concat([Buffer.from(prefix), program]);
  });
}

function environmentOf(env: Readonly<Record<string, string | undefined>>, call: string): string[] {
  const entries: string[] = [];
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined) continue;
    if (name === '' || name.includes('=')) {
      throw new RangeError(`${call}: ${JSON.stringify(name)} cannot be the name of an environment variable`);
    }
    entries.push(`${name}=${value}`);
  }
  return entries;
}

/** @throws TypeError if it is no array */
function listOf<T>(value: readonly T[], call: string, name: string): readonly T[] {
  requireArray(call, name, value);
  return value;
}

function limitsOf(kernel: Kernel, limits: ResourceLimits, call: string): [number, number, number][] {
  return Object.entries(limits).map(([name, limit]) => {
    const resource = kernel.constants[`RLIMIT_${name.toUpperCase()}`];
    if (resource === undefined) {
      throw new RangeError(`${call}: resourceLimits: this system has no limit called '${name}'`);
    }
    const pair = Array.isArray(limit) ? (limit as readonly number[]) : [limit as number, limit as number];
    const [soft, hard] = pair as [number, number];
    if (typeof soft !== 'number' || !(soft >= 0 && hard >= soft)) {
      throw new RangeError(
        `${call}: resourceLimits.${name}: expected 0 <= soft <= hard, got ${String(soft)} and ${String(hard)}`,
      );
    }
    return [resource, soft, hard];
  });
}

function whole(value: number | undefined, highest: number, call: string, name: string): number | null {
  return value === undefined ? null : requireWhole(value, highest, call, name);
}

function requireWhole(value: number, highest: number, call: string, name: string): number {
  if (typeof value !== 'number') {
    throw new TypeError(`${call}: ${name} must be a number, got ${describeValue(value)}`);
  }
  if (Number.isInteger(value) && value >= 0 && value <= highest) return value;
  throw new RangeError(`${call}: ${name} must be a whole number from 0 to ${highest}, got ${value}`);
}
