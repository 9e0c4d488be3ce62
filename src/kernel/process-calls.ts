/**
 * Child processes: part of what a program may ask of its OS (`kernel.ts`). A child is known by its process
 * number, from `spawn` until `reap` or `abandon`; to no other process is anything done. Its end is a readable
 * descriptor.
 */

/** What descriptor 0, 1 or 2 of a child becomes, when it is not one of our own descriptors. */
export const STDIO_INHERIT = -1;
/** A pipe; its other end is ours. */
export const STDIO_PIPE = -2;
/** `/dev/null`. */
export const STDIO_NULL = -3;
/** For descriptor 2: what descriptor 1 is. */
export const STDIO_SAME_AS_OUTPUT = -4;
/** The terminal. */
export const STDIO_TERMINAL = -5;

/** Bits of `numbers[3]` in {@link ProcessCalls.spawn}. */
export const SPAWN_FLAGS = Object.freeze({
  /** The text ends with a directory to change to. */
  directory: 1,
  newSession: 2,
  /** The signals that Node ignores (SIGPIPE, SIGXFSZ) get their default action back. */
  restoreSignals: 4,
  /** With a terminal, of a session of its own. */
  terminal: 8,
  /** Wait for the end on a thread, also where the system has a descriptor for it. */
  watchByThread: 16,
  user: 32,
  group: 64,
  groups: 128,
});

/**
 * What a spawn was doing when it failed, by the number in `out[0]`. `spawn` stands for everything in this
 * process: pipes, the terminal, the new process itself.
 */
export const SPAWN_STEPS: readonly string[] = Object.freeze([
  'spawn',
  'dup2',
  'chdir',
  'setsid',
  'setpgid',
  'ioctl',
  'setrlimit',
  'setgroups',
  'setregid',
  'setreuid',
  'execve',
]);

export interface ProcessCalls {
  /**
   * Starts a program, and returns when it is running or has been refused.
   *
   * @param text bytes: strings, each ended by a NUL: executables to try in order, arguments, environment
   *   entries, and the directory if there is one
   * @param numbers the counts of executables, arguments and environment entries; flags; stdin, stdout,
   *   stderr; process group (-1: stay, 0: new), user, group, umask (-1: keep); the counts of groups, of
   *   passed descriptors and of limits; rows, columns. Then the groups, the descriptors to pass, and the
   *   resources (`RLIMIT_…`)
   * @param limits a pair `[soft, hard]` for each resource
   * @param out gets
   *   `[descriptor of the end, of the pipe to stdin, from stdout, from stderr, of the terminal]`, -1 for what
   *   there is not. After a failure, the place in {@link SPAWN_STEPS} of what was refused
   * @returns the process number, or `-errno`; then no process and no descriptor is left
   */
  spawn(text: Uint8Array, numbers: Int32Array, limits: Float64Array, out: Int32Array): number;
  /** Sends a signal to a child that has not been reaped. 0, or `-errno`; `-ESRCH` for any other process. */
  kill(pid: number, signum: number): number;
  /**
   * Asks for the end of a child, without waiting. 0 while it runs; 1 when it has ended, with its exit code in
   * `out[0]`, or the number of the signal that ended it, negative. `-ECHILD`: other code has reaped it, or it
   * is not a child of ours.
   */
  reap(pid: number, out: Int32Array): number;
  /** Kills a child and has it reaped, as soon as it is gone, without waiting. 0, or `-ECHILD`. */
  abandon(pid: number): number;
  /** Sets the size of a terminal. Its foreground processes get SIGWINCH. 0 or `-errno`. */
  resizeTerminal(fd: number, rows: number, columns: number): number;
}
