/** Runs a TypeScript program of this repository in a process of its own, as a user would, and never leaves it behind. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { onTeardown } from './teardown.ts';

/** The root of the checkout, with a slash at its end. */
export const root: string = fileURLToPath(new URL('../../', import.meta.url));

export interface ProgramOptions {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** A command to start it under: it gets ours as its last arguments, as in `['sh', '-c', 'ulimit -n 40; exec "$@"', 'sh']`. */
  readonly under?: readonly string[];
}

/** A program that has been started. Killed at the end of the test, whatever happens. */
export class Program {
  readonly child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #path: string;
  #stdout = '';
  #stderr = '';
  /** True once it has ended and all its output has been read: `exitCode` is known earlier. */
  #closed = false;
  /** Called at each piece of output and at the end. */
  #wakeWaiters: (() => void)[] = [];

  constructor(path: string, options: ProgramOptions = {}) {
    this.#path = path;
    const node = [process.execPath, '--import', 'tsx', path, ...(options.args ?? [])];
    const [command, ...args] = [...(options.under ?? []), ...node] as [string, ...string[]];
    this.child = spawn(command, args, {
      cwd: root,
      // The cache that tsx may not have in this process (vitest.config.ts): a third of a program's start.
      env: { ...process.env, TSX_DISABLE_CACHE: '', ...options.env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.#stdout += text;
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
  get lines(): string[] {
    return this.#stdout.split('\n').slice(0, -1);
  }

  /** Waits for a line of stdout that matches; rejects with all output when the time runs out or the program ends. */
  async waitForLine(pattern: RegExp, timeoutMs = 10_000): Promise<string> {
    const find = () => this.lines.find((line) => pattern.test(line));
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

/** Starts `path` (relative to the root of the checkout, such as `examples/server.ts`). */
export function startProgram(path: string, options?: ProgramOptions): Program {
  return new Program(path, options);
}
