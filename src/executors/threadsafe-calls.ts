/** The worker's side of calls into the parent's loop. */

import { RuntimeError, timedOut } from '../base/errors.ts';
import type { LoopReply } from './messages.ts';
import { decodeError } from './transported-errors.ts';
import type { WorkerChannel } from './worker-program.ts';

/** Answers that came while another was waited for, by the call's number. */
const answered = new Map<number, LoopReply>();
let lastId = 0;

/**
 * A call into the parent's loop, made by {@link runCoroutineThreadsafe}: the `concurrent.futures.Future` that
 * `asyncio.run_coroutine_threadsafe` returns.
 */
export class ThreadsafeCall<T> {
  private readonly channel: WorkerChannel;
  private readonly id: number;
  private readonly name: string;
  private reply: LoopReply | null = null;

  /** @internal */
  constructor(channel: WorkerChannel, id: number, name: string) {
    this.channel = channel;
    this.id = id;
    this.name = name;
  }

  /**
   * Blocks this worker until the loop has answered.
   * @param timeoutMs how long at most, by default without limit. In a process's worker there is no limit
   * @returns what the coroutine function returned
   * @throws what it threw; KeyError if the loop offers no function of the name; TimeoutError: the call goes
   * on in the loop; TypeError for a limit that is no number
   */
  result(timeoutMs: number | null = null): T {
    if (timeoutMs !== null && (typeof timeoutMs !== 'number' || Number.isNaN(timeoutMs))) {
      throw new TypeError(
        `ThreadsafeCall.result: timeoutMs must be a number of milliseconds or null, got ${String(timeoutMs)}`,
      );
    }
    this.reply ??= this.waitForReply(timeoutMs);
    const [, error, value] = this.reply;
    if (error !== null) throw decodeError(error, new Map());
    return value as T;
  }

  private waitForReply(timeoutMs: number | null): LoopReply {
    // A worker of a pool has no loop, and need not load the addon for its clock.
    // oxlint-disable-next-line no-restricted-properties -- see above
    const deadlineMs = timeoutMs === null ? null : performance.now() + timeoutMs;
    for (;;) {
      const mine = answered.get(this.id);
      if (mine !== undefined) {
        answered.delete(this.id);
        return mine;
      }
      // oxlint-disable-next-line no-restricted-properties -- see above
      const leftMs = deadlineMs === null ? null : Math.max(deadlineMs - performance.now(), 0);
      const reply = this.channel.receiveReply(leftMs) as LoopReply | undefined;
      if (reply === undefined) throw timedOut(`${this.name}() in the loop`, timeoutMs);
      answered.set(reply[0], reply);
    }
  }
}

/**
 * Calls a function of the parent's loop from a worker of a pool, by the name under which `loop.offerCalls()`
 * offers it there: it runs as a task of that loop. `asyncio.run_coroutine_threadsafe` of CPython 3.13, with a
 * name in place of the coroutine, since functions do not cross threads.
 *
 *     // In the program:
 *     loop.offerCalls({
 *       *lookUp(id: number): Coroutine<string> { … },
 *     });
 *     // In a module whose functions a pool calls:
 *     const name = runCoroutineThreadsafe<string>('lookUp', id).result();
 *
 * @param args copied as `structuredClone` does it
 * @throws RuntimeError if this is no worker of a pool
 */
export function runCoroutineThreadsafe<T = unknown>(name: string, ...args: unknown[]): ThreadsafeCall<T> {
  const channel = (globalThis as Record<symbol, unknown>)[Symbol.for('selectloop.worker')] as
    | WorkerChannel
    | undefined;
  if (channel === undefined) {
    throw new RuntimeError(
      `runCoroutineThreadsafe: ${name} was not called from a worker of a pool. On the loop's own thread use createTask().`,
    );
  }
  const id = ++lastId;
  // 5 is LOOP_CALL of messages.ts.
  channel.post([5, id, name, args], []);
  return new ThreadsafeCall<T>(channel, id, name);
}

/**
 * The functions that a loop offers, as they are called from a worker: the same parameters, and the result at
 * once.
 */
export type BlockingCalls<C extends object> = {
  readonly [K in keyof C as C[K] extends (...args: never[]) => unknown ? K : never]: C[K] extends (
    ...args: infer A
  ) => infer R
    ? (...args: A) => R extends Generator<unknown, infer T, unknown> ? T : R
    : never;
};

/**
 * The functions that the parent's loop offers (`loop.offerCalls(calls)`), typed, to be called from a worker
 * of a pool. Each blocks until the loop has answered. anyio's blocking portal is the model.
 *
 *     const loop = blockingPortal<typeof import('./calls.ts').calls>();
 *     const name = loop.lookUp(42);
 */
export function blockingPortal<C extends object>(): BlockingCalls<C> {
  return new Proxy(Object.freeze({}) as BlockingCalls<C>, {
    get(_target, name) {
      if (typeof name !== 'string' || name === 'then') return undefined;
      return (...args: unknown[]) => runCoroutineThreadsafe(name, ...args).result();
    },
  });
}
