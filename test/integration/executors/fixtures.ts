/** Pools for tests, and what the operating system says of threads. */
import { readdirSync, readFileSync } from 'node:fs';
import { type Coroutine, run, ThreadPoolExecutor, type ThreadPoolOptions, timeout } from 'selectloop';

export const workUrl = new URL('./work.mjs', import.meta.url);

/** The functions of work.mjs, which has no types of its own. */
export interface Work {
  initialize(value: unknown): void;
  initializedValue(): unknown;
  hash(text: string): string;
  workerId(): string;
  block<T>(delayMs: number, result?: T): T;
  later(delayMs: number, result: number): Promise<number>;
  never(): Promise<void>;
  spin(): void;
  count(words: Int32Array): number;
  square(n: number): number;
  invalid(): void;
  fails(): void;
  failsTwice(): void;
  missingFile(): void;
  throwsText(): void;
  exit(code: number): void;
  killed(signal: string): Promise<void>;
  dieLater(): Promise<void>;
  fillMemory(): void;
  returnsFunction(): unknown;
  byteLength(buffer: Uint8Array): number;
}

/** Runs a body that must end by itself: the test runner cannot interrupt a loop that waits for ever. */
export function runLimited<T>(body: () => Coroutine<T>, limitMs = 15_000): T {
  return run(() => timeout(limitMs, body));
}

/** Runs `body` with a pool and its work, inside a loop. */
export function withPool<T>(
  options: ThreadPoolOptions,
  body: (work: ReturnType<typeof workOf>, pool: ThreadPoolExecutor) => Coroutine<T>,
): T {
  return runLimited(function* () {
    const pool = new ThreadPoolExecutor(options);
    const result = yield* body(workOf(pool), pool);
    yield* pool.shutdown();
    return result;
  });
}

export function workOf(pool: ThreadPoolExecutor) {
  return pool.module<Work>(workUrl);
}

/** What awaiting it raises. */
export function* errorOf(awaitable: Iterable<unknown>): Coroutine<Error> {
  try {
    yield* awaitable as Coroutine<unknown>;
  } catch (error) {
    return error as Error;
  }
  throw new Error('it should have failed');
}

/** The names of this process's threads; empty where the system does not say. */
export function threadNames(): string[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc/self/task').flatMap((id) => {
    try {
      return [readFileSync(`/proc/self/task/${id}/comm`, 'utf8').trim()];
    } catch {
      return [];
    }
  });
}

/** Waits, blocking, until a condition holds or the time is over. */
export function holdsWithin(limitMs: number, condition: () => boolean): boolean {
  const word = new Int32Array(new SharedArrayBuffer(4));
  for (const deadlineMs = performance.now() + limitMs; performance.now() < deadlineMs; ) {
    if (condition()) return true;
    Atomics.wait(word, 0, 0, 1);
  }
  return condition();
}
