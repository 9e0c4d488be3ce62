/** Runs a program of this repository in a process of its own, and never leaves it behind. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { builtPackageEnv, builtProgram } from './built-program.ts';
import { onTeardown } from './releases.ts';

/** The root of the checkout, with a slash at its end. */
export const root: string = fileURLToPath(new URL('../../', import.meta.url));

export interface ProgramOptions {
  /** Where it runs. Default: the root of the checkout. */
  readonly cwd?: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /**
   * A command to start it under: it gets ours as its last arguments, as in
   * `['sh', '-c', 'ulimit -n 40; exec "$@"', 'sh']`.
   */
  readonly under?: readonly string[];
  /**
   * Starts the TypeScript file itself, by tsx: a `program` in a project that has our package, compiled; or
   * with all of `src/` as TypeScript, too, as a user of a `checkout` does. By default the program starts as
   * it was built for the tests (`build-programs.ts`), which is many times cheaper.
   */
  readonly throughTsx?: 'program' | 'checkout';
  /** Arguments for Node itself, such as {@link TYPESCRIPT_TRACES}. */
  readonly nodeArgs?: readonly string[];
}

/** Has the stack traces of a built program name TypeScript files. A fifth of a start, so not for all. */
export const TYPESCRIPT_TRACES: readonly string[] = ['--enable-source-maps'];

/**
 * For programs that start a whole PostgreSQL (PGlite): the compiler that is done in half of the time, and a
 * cluster that is there already.
 */
export const EMBEDDED_POSTGRES: readonly string[] = [
  '--liftoff-only',
  '--import',
  fileURLToPath(new URL('prepared-postgres.mjs', import.meta.url)),
];

/** Node's arguments that run a program of this repository. */
function argumentsOf(path: string, { throughTsx, nodeArgs = [] }: ProgramOptions): string[] {
  return [...nodeArgs, ...(throughTsx !== undefined ? ['--import', 'tsx', path] : [builtProgram(path)])];
}

/** A program that has been started. Killed at the end of the test, whatever happens. */
export class Program {
  readonly child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #path: string;
  #stdout = '';
  /**
   * Complete lines so far, and what has come of the next one. Kept as output comes: there may be megabytes of
   * it.
   */
  readonly #lines: string[] = [];
  #lineBegun = '';
  #stderr = '';
  /** True once it has ended and all its output has been read: `exitCode` is known earlier. */
  #closed = false;
  /** Called at each piece of output and at the end. */
  #wakeWaiters: (() => void)[] = [];

  constructor(path: string, options: ProgramOptions = {}) {
    this.#path = path;
    const program = argumentsOf(path, options);
    const node = [process.execPath, ...program, ...(options.args ?? [])];
    const [command, ...args] = [...(options.under ?? []), ...node] as [string, ...string[]];
    this.child = spawn(command, args, {
      cwd: options.cwd ?? root,
      // The cache that tsx may not have in this process (vitest.config.ts): a third of a program's start.
      env: {
        ...process.env,
        TSX_DISABLE_CACHE: '',
        ...(options.throughTsx === 'program' && builtPackageEnv()),
        ...options.env,
      },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.#stdout += text;
      const [first = '', ...others] = text.split('\n');
      this.#lineBegun += first;
      for (const next of others) {
        this.#lines.push(this.#lineBegun);
        this.#lineBegun = next;
      }
      this.#changed();
    });
    this.child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
    });
    this.child.once('close', () => {
      this.#closed = true;
      this.#changed();
    });
    onTeardown(() => this.kill());
  }

  /** All it has printed so far. */
  get stdout(): string {
    return this.#stdout;
  }

  get stderr(): string {
    return this.#stderr;
  }

  /** Complete lines of stdout so far. */
  get lines(): readonly string[] {
    return this.#lines;
  }

  /**
   * Waits for a line of stdout that matches; rejects with all output when the time runs out or the program
   * ends.
   */
  async waitForLine(pattern: RegExp, timeoutMs = 10_000): Promise<string> {
    let seenCount = 0;
    const find = () => {
      for (; seenCount < this.#lines.length; seenCount++) {
        if (pattern.test(this.#lines[seenCount] as string)) return this.#lines[seenCount];
      }
      return undefined;
    };
    await this.#waitUntil(
      () => find() !== undefined || this.#closed,
      timeoutMs,
      `no line matching ${pattern}`,
    );
    const line = find();
    if (line === undefined) throw this.#failure(`ended without a line matching ${pattern}`);
    return line;
  }

  /** Waits for the end of the program. Returns its exit code, or the name of the signal that ended it. */
  async waitForExit(timeoutMs = 15_000): Promise<number | NodeJS.Signals> {
    await this.#waitUntil(() => this.#closed, timeoutMs, 'still running');
    return this.child.exitCode ?? this.child.signalCode ?? 0;
  }

  /** Ends it at once, if it is still there. */
  async kill(): Promise<void> {
    if (this.#closed) return;
    this.child.kill('SIGKILL');
    await this.waitForExit();
  }

  async #waitUntil(isDone: () => boolean, timeoutMs: number, complaint: string): Promise<void> {
    const timer = setTimeout(() => this.#changed(), timeoutMs);
    const deadlineMs = performance.now() + timeoutMs;
    try {
      while (!isDone()) {
        if (performance.now() >= deadlineMs) throw this.#failure(`${complaint} within ${timeoutMs} ms`);
        await new Promise<void>((resolve) => this.#wakeWaiters.push(resolve));
      }
    } finally {
      clearTimeout(timer);
    }
  }

  #changed(): void {
    for (const wake of this.#wakeWaiters.splice(0)) wake();
  }

  #failure(what: string): Error {
    return new Error(`${this.#path}: ${what}\n--- stdout\n${this.#stdout}\n--- stderr\n${this.#stderr}`);
  }
}

/** Starts `path` (relative to the root of the checkout, such as `examples/echo/server.ts`). */
export function startProgram(path: string, options?: ProgramOptions): Program {
  return new Program(path, options);
}
