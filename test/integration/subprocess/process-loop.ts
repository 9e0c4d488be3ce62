/** Loops that run real processes in tests: bounded in time, and nothing is left of them. */

import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { type Coroutine, EventLoop, type ExceptionContext, waitFor } from '../../../src/index.ts';
import { onTeardown } from '../../support/releases.ts';

/** Without the library of a sanitizer, which is not made for others' programs. */
export const plainEnvironment = { PATH: process.env.PATH ?? '' };

/** Starting programs takes long on a busy machine. */
const GIVE_UP_MS = 60_000;

/**
 * Runs `body`. What it starts does without the library of a sanitizer: shells crash with it, and `ps` hangs.
 */
function withoutSanitizer<T>(body: () => T): T {
  const { LD_PRELOAD } = process.env;
  if (LD_PRELOAD === undefined) return body();
  delete process.env.LD_PRELOAD;
  try {
    return body();
  } finally {
    process.env.LD_PRELOAD = LD_PRELOAD;
  }
}

/**
 * Runs `main` on a loop that is closed then. An error if that takes too long, or if something was reported to
 * the loop and `reports` was not there to take it.
 */
export function runHere<T>(main: () => Coroutine<T>, reports: ExceptionContext[] | null = null): T {
  const loop = new EventLoop();
  onTeardown(() => loop.close());
  const seen: ExceptionContext[] = reports ?? [];
  loop.setExceptionHandler((_loop, context) => seen.push(context));
  const value = withoutSanitizer(() =>
    loop.run(function* () {
      return yield* waitFor(main(), GIVE_UP_MS);
    }),
  );
  loop.close();
  if (reports === null && seen.length > 0) {
    throw new Error(
      `reported: ${seen.map(({ message, exception }) => `${message} ${exception}`).join('; ')}`,
    );
  }
  return value;
}

/** A shell script that runs until it is killed, and says `ready` when it has set itself up. */
export function untilKilled(setup = ''): string {
  return `${setup} echo ready; while :; do sleep 0.05; done`;
}

/** The children that this process has, by number, zombies included. */
export function childrenNow(): number[] {
  // All processes, since only GNU's ps can be asked for those of one parent. Its own is not counted.
  return execFileSync('ps', ['-A', '-o', 'ppid=,pid=,comm='], { encoding: 'utf8', env: plainEnvironment })
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([parent, , name]) => Number(parent) === process.pid && name !== 'ps')
    .map(([, pid]) => Number(pid));
}

/** Whether there is a process of this number that has not ended. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  return !execFileSync('ps', ['-o', 'stat=', '-p', String(pid)], {
    encoding: 'utf8',
    env: plainEnvironment,
  }).startsWith('Z');
}

/** How many descriptors are open. */
export function descriptorCount(): number {
  return readdirSync(process.platform === 'linux' ? '/proc/self/fd' : '/dev/fd').length;
}
