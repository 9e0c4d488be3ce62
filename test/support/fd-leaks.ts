/**
 * Fails a test that leaves a descriptor open, and says which one and what it points to.
 *
 *     import { failOnFdLeaks } from '../support/fd-leaks.ts';
 *     failOnFdLeaks();      // at the top of the file, before any other hook
 */
import { closeSync, openSync, readdirSync, readlinkSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { isMainThread } from 'node:worker_threads';
import { beforeEach } from 'vitest';

/** Linux says what each descriptor points to; the BSDs and macOS list numbers only. */
const DIRECTORY = process.platform === 'linux' ? '/proc/self/fd' : '/dev/fd';

/**
 * Node closes some of its own (a worker's pipes, a read file) a moment after we know that it is done with
 * them.
 */
const PATIENCE_MS = 2000;

/**
 * Descriptors belong to the process. In a pool of threads other tests open and close theirs meanwhile, so
 * there nobody can count them, or know whose a number is after it has been closed.
 */
export const numbersAreOurs: boolean = isMainThread;

function targetOf(name: string): string | null {
  try {
    return readlinkSync(`${DIRECTORY}/${name}`);
  } catch (error) {
    // ENOENT: closed meanwhile. EINVAL: not a link on this system.
    return (error as NodeJS.ErrnoException).code === 'EINVAL' ? 'unknown' : null;
  }
}

/**
 * The number that reading the directory takes, and finds there. It is known beforehand because an error for
 * each costs more than all else here, twice for each test.
 */
function lowestFree(): number {
  const fd = openSync('/dev/null', 'r');
  closeSync(fd);
  return fd;
}

/** Every open descriptor of this process, and what it points to. */
export function openDescriptors(): Map<number, string> {
  const open = new Map<number, string>();
  const reader = String(lowestFree());
  for (const name of readdirSync(DIRECTORY)) {
    const target = name === reader ? null : targetOf(name);
    if (target !== null) open.set(Number(name), target);
  }
  return open;
}

/** What is open now and was not `before`, one phrase each. A number that points elsewhere now counts too. */
export function leakedSince(before: ReadonlyMap<number, string>): string[] {
  return [...openDescriptors()]
    .filter(([fd, target]) => before.get(fd) !== target)
    .map(([fd, target]) => `fd ${fd} -> ${target}`);
}

/** Checks after each test of this file, when all its hooks have run; not in a pool of threads. */
export function failOnFdLeaks(): void {
  if (!numbersAreOurs) return;
  beforeEach((context) => {
    const before = openDescriptors();
    // Runs after every afterEach, and last among its kind because it was registered first.
    context.onTestFinished(async () => {
      const deadline = Date.now() + PATIENCE_MS;
      let leaked = leakedSince(before);
      while (leaked.length > 0 && Date.now() < deadline) {
        await delay(10);
        leaked = leakedSince(before);
      }
      if (leaked.length > 0) throw new Error(`the test leaked descriptors:\n  ${leaked.join('\n  ')}`);
    });
  });
}
