/**
 * A new process as the kernel wants it told: strings, numbers and limits in three arrays. Layout:
 * `process-calls.ts`.
 */

import { describeValue } from '../coroutines/misuse.ts';
import { SPAWN_FLAGS } from '../kernel/process-calls.ts';

/** An argument, a path or a value of the environment: text, or bytes where they are no text. */
export type ProcessText = string | Uint8Array;

/** Everything about a process to be. */
export interface SpawnRequest {
  /** Tried in order. */
  readonly executables: readonly ProcessText[];
  /** With `argv[0]`. */
  readonly args: readonly ProcessText[];
  /** `name=value` each. */
  readonly environment: readonly ProcessText[];
  readonly cwd: ProcessText | null;
  /** For descriptors 0, 1, 2: a descriptor, or one of the `STDIO_…` values. */
  readonly stdio: readonly [stdin: number, stdout: number, stderr: number];
  readonly newSession: boolean;
  readonly restoreSignals: boolean;
  /** 0: a new one. */
  readonly processGroup: number | null;
  readonly uid: number | null;
  readonly gid: number | null;
  readonly groups: readonly number[] | null;
  readonly umask: number | null;
  readonly passFds: readonly number[];
  /** `RLIMIT_…`, soft, hard. */
  readonly limits: readonly (readonly [resource: number, soft: number, hard: number])[];
  readonly terminal: { readonly rows: number; readonly columns: number } | null;
  /** Wait for the end on a thread. */
  readonly watchByThread: boolean;
}

/** The arguments of `ProcessCalls.spawn`. */
export interface EncodedRequest {
  readonly text: Uint8Array;
  readonly numbers: Int32Array;
  readonly limits: Float64Array;
}

/** @throws TypeError if it is not text; RangeError for a NUL inside it */
export function encodeSpawnRequest(request: SpawnRequest): EncodedRequest {
  const { executables, args, environment, cwd, groups, passFds, limits, terminal } = request;
  const pieces = [...executables, ...args, ...environment];
  if (cwd !== null) pieces.push(cwd);
  const numbers = Int32Array.of(
    executables.length,
    args.length,
    environment.length,
    flagsOf(request),
    ...request.stdio,
    request.processGroup ?? -1,
    request.uid ?? -1,
    request.gid ?? -1,
    request.umask ?? -1,
    groups?.length ?? 0,
    passFds.length,
    limits.length,
    terminal?.rows ?? 0,
    terminal?.columns ?? 0,
    ...(groups ?? []),
    ...passFds,
    ...limits.map(([resource]) => resource),
  );
  return {
    text: encodeText(pieces),
    numbers,
    limits: Float64Array.from(limits.flatMap(([, soft, hard]) => [soft, hard])),
  };
}

function flagsOf(request: SpawnRequest): number {
  const set: [boolean, number][] = [
    [request.cwd !== null, SPAWN_FLAGS.directory],
    [request.newSession, SPAWN_FLAGS.newSession],
    [request.restoreSignals, SPAWN_FLAGS.restoreSignals],
    [request.terminal !== null, SPAWN_FLAGS.terminal],
    [request.watchByThread, SPAWN_FLAGS.watchByThread],
    [request.uid !== null, SPAWN_FLAGS.user],
    [request.gid !== null, SPAWN_FLAGS.group],
    [request.groups !== null, SPAWN_FLAGS.groups],
  ];
  return set.reduce((flags, [isSet, flag]) => (isSet ? flags | flag : flags), 0);
}

/** Each piece and a NUL. */
function encodeText(pieces: readonly ProcessText[]): Uint8Array {
  let allStrings = true;
  for (const piece of pieces) {
    if (typeof piece !== 'string') {
      requireBytes(piece);
      allStrings = false;
    }
    if (typeof piece === 'string' ? piece.includes('\0') : piece.includes(0)) {
      throw new RangeError('a subprocess: an argument, a path or the environment contains a NUL character');
    }
  }
  if (allStrings) return Buffer.from(`${pieces.join('\0')}\0`);
  const nul = Buffer.alloc(1);
  return Buffer.concat(
    pieces.flatMap((piece) => [typeof piece === 'string' ? Buffer.from(piece) : piece, nul]),
  );
}

function requireBytes(piece: unknown): asserts piece is Uint8Array {
  if (piece instanceof Uint8Array) return;
  throw new TypeError(
    `a subprocess: arguments, paths and the environment are strings or Uint8Arrays, got ${describeValue(piece)}`,
  );
}
