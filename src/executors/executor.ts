/**
 * What thread pools and process pools offer: `concurrent.futures.Executor`, on futures of the running loop.
 */

import { requireOptions } from '../base/arguments.ts';
import type { Future } from '../futures/future.ts';
import { referenceOf } from './function-reference.ts';
import { type MapOptions, mapCalls } from './map-calls.ts';
import { type ModuleCalls, moduleCalls } from './module-calls.ts';
import type { ErrorClass } from './transported-errors.ts';
import { type CrewOptions, WorkerPool } from './worker-pool.ts';

/**
 * A function's result once it has come back from a worker: that of a Promise or a future, where it returns
 * one.
 */
export type CallResult<R> = Awaited<R>;

/** Options of both kinds of pools. */
export interface ExecutorOptions {
  /** At most this many workers. They are started when there is work for them. */
  readonly maxWorkers?: number | undefined;
  /**
   * Called in each worker before anything else: a self-contained function, or one of a {@link
   * Executor.module}. If it fails the pool is broken: every call fails with BrokenExecutorError.
   */
  readonly initializer?: ((...args: never[]) => unknown) | undefined;
  /** The initializer's arguments. */
  readonly initializerArgs?: readonly unknown[] | undefined;
  /**
   * Cancelling a call that runs ends its worker, in the middle of whatever it does, and replaces it. Default:
   * it runs to its end.
   */
  readonly terminateOnCancel?: boolean | undefined;
  /**
   * Classes of your own that errors of workers are made instances of, by name. JavaScript's and selectloop's
   * are known.
   */
  readonly errorClasses?: readonly ErrorClass[] | undefined;
  /** A name for messages and for the workers. Default: `ThreadPoolExecutor-1` and so on. */
  readonly name?: string | undefined;
}

/** Options of {@link Executor.shutdown}. */
export interface ShutdownOptions {
  /** Cancels the calls that wait for a worker. Default: they run first. */
  readonly cancelFutures?: boolean | undefined;
}

/**
 * A pool of workers that call functions. `concurrent.futures.Executor` of CPython 3.13, except that calls
 * return futures of the running loop, awaited with `yield*`.
 *
 * A pool made inside a running loop ends with that loop. One made outside lives, and can be used from one
 * loop after the other, until `shutdown()`, `using`, or the end of the process, which it does not delay.
 */
export abstract class Executor {
  private readonly pool: WorkerPool;

  /** @internal */
  protected constructor(options: CrewOptions) {
    this.pool = new WorkerPool(options);
  }

  /**
   * Calls `fn(...args)` in a worker. Arguments and result are copied as `structuredClone` does it; what
   * `move()` marks goes over whole; SharedArrayBuffers are shared, among threads. A Promise is awaited there.
   *
   *     const fib = yield* pool.submit((n: number) => { … }, 40);     // uses nothing but `n`
   *     const digest = yield* pool.submit(work.hash, 'abc');           // of a module: see module()
   *
   * @param fn one of a {@link module}, or a function that uses nothing but its parameters and globals: it is
   * sent as source text
   * @returns its result, or its error, with the worker's stack. Cancelling it takes a waiting call off the
   * queue
   * @throws RuntimeError after shutdown, or outside of a running loop; BrokenExecutorError; TypeError for
   * what cannot be sent
   */
  submit<A extends unknown[], R>(fn: (...args: A) => R, ...args: A): Future<CallResult<R>> {
    return this.pool.submit(referenceOf(fn, 'submit'), args, false) as Future<CallResult<R>>;
  }

  /**
   * Calls `fn` for each item, on all workers; the results come in the order of the items. `Executor.map`.
   *
   *     const digests = yield* pool.map(work.hash, passwords, { chunkSize: 16 });
   *
   * The first error ends it, and so does cancelling: calls that still wait are taken off the queue.
   * @param items all are taken at once, except with `bufferSize`
   * @throws as {@link submit}; TimeoutError after `timeoutMs`
   */
  map<T, R>(fn: (item: T) => R, items: Iterable<T>, options: MapOptions = {}): Future<CallResult<R>[]> {
    return mapCalls(this.pool, referenceOf(fn, 'map'), items, options) as Future<CallResult<R>[]>;
  }

  /**
   * The functions that a module exports, to be called in workers: each imports it at its first call. Names,
   * arguments and results are checked by the compiler.
   *
   *     const work = pool.module<typeof import('./work.ts')>(new URL('./work.ts', import.meta.url));
   *     const digest = yield* work.hash(password);
   *
   * @param url where the module is: `new URL('./work.ts', import.meta.url)`, an absolute path, or a module of
   * Node such as `node:zlib`
   * @throws TypeError for a relative path, which nothing could be relative to
   */
  module<M extends object>(url: URL | string): ModuleCalls<M> {
    return moduleCalls(this.pool, url) as ModuleCalls<M>;
  }

  /**
   * Takes no more calls; waits until those that were made are done and the workers are gone. Calling it again
   * waits as well.
   * @throws RuntimeError outside of a running loop: use `terminateWorkers()` or `using` there
   */
  shutdown(options: ShutdownOptions = {}): Future<void> {
    requireOptions('shutdown', 'shutdown({ cancelFutures: true })', options);
    return this.pool.shutdown(options.cancelFutures ?? false);
  }

  /**
   * Ends the pool at once: calls are cancelled, and their workers ended in the middle of whatever they do.
   * Blocks until they are gone, which takes milliseconds. Works outside of a loop too. CPython 3.14's
   * `terminate_workers`.
   */
  terminateWorkers(): void {
    this.pool.terminate();
  }

  /** `using pool = new ThreadPoolExecutor()`: {@link terminateWorkers} at the end of the block. */
  [Symbol.dispose](): void {
    this.terminateWorkers();
  }

  /** Its name, how many workers it has, and how many calls run and wait. */
  toString(): string {
    return `<${this.pool.describe()}>`;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }
}
