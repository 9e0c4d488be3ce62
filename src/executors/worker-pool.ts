/**
 * Calls in a queue, and workers that take them one at a time: what thread pools and process pools have in
 * common.
 *
 * | pool        | entered by                     | submit               | waiting calls        | running calls             |
 * |-------------|--------------------------------|----------------------|----------------------|---------------------------|
 * | open        | construction                   | yes                  | run                  | run                       |
 * | shut down   | shutdown                       | RuntimeError         | run, or are cancelled | run to their end         |
 * | broken      | an initializer that failed     | BrokenExecutorError  | fail                 | run to their end          |
 * | terminated  | terminateWorkers; its loop's end | RuntimeError       | cancelled            | cancelled, their workers killed |
 *
 * A worker that dies fails the call it had, and no other; it is replaced when there is work.
 */

import { BrokenExecutorError, RuntimeError } from '../base/errors.ts';
import { Future } from '../futures/future.ts';
import { addWaiter, wakeWaiters } from '../futures/waiter-list.ts';
import { runningLoop, runningLoopOrNull } from '../loop/current-loop.ts';
import type { LoopCore } from '../loop/loop-core.ts';
import { Call, type CallOwner } from './call.ts';
import type { FunctionReference } from './function-reference.ts';
import { answerLoopCall, offersCalls } from './loop-calls.ts';
import { FAILURE, LOOP_CALL, RESULT, type WorkerMessage } from './messages.ts';
import { movedIn } from './moving.ts';
import { endWithLoop, forgetPool } from './pools-of-loop.ts';
import { decodeError, type ErrorClass } from './transported-errors.ts';
import type { WorkerLink, WorkerListener } from './worker-link.ts';

/** How long the end of a worker that was killed is waited for. It takes a few milliseconds. */
const KILL_TIMEOUT_MS = 5000;

/** What every pool needs to know. */
export interface CrewOptions {
  readonly name: string;
  readonly maxWorkers: number;
  readonly initializer: FunctionReference | null;
  readonly initializerArgs: readonly unknown[];
  readonly terminateOnCancel: boolean;
  readonly errorClasses: ReadonlyMap<string, ErrorClass>;
  start(name: string, listener: WorkerListener): WorkerLink;
}

/** A worker and what it is doing. */
class Member implements WorkerListener {
  readonly link: WorkerLink;
  /** The functions it has been sent, by their numbers. */
  readonly known = new Set<number>();
  current: Call | null = null;
  /** The call of the pool's initializer: another one of the same function may be a user's. */
  initializing: Call | null = null;
  private readonly pool: WorkerPool;

  constructor(pool: WorkerPool, options: CrewOptions, name: string) {
    this.pool = pool;
    this.link = options.start(name, this);
  }

  received(message: WorkerMessage): void {
    this.pool.memberSaid(this, message);
  }

  ended(reason: string): void {
    this.pool.memberEnded(this, reason);
  }

  mayWake(): boolean {
    return this.current !== null || this.pool.expectsWord();
  }
}

export class WorkerPool implements CallOwner {
  readonly options: CrewOptions;
  private readonly queue = new Set<Call>();
  private readonly crew = new Set<Member>();
  private readonly idle: Member[] = [];
  /** The loop it was made in, and ends with. */
  private readonly owner: LoopCore | null;
  /** The loop that hears of its workers. */
  private loop: LoopCore | null = null;
  private startedCount = 0;
  private isShutDown = false;
  private brokenBecause: string | null = null;
  private shutdownWaiters: Future<void>[] = [];

  constructor(options: CrewOptions) {
    this.options = options;
    this.owner = runningLoopOrNull();
    if (this.owner !== null) endWithLoop(this.owner, this);
  }

  /**
   * @throws RuntimeError after shutdown, or outside of a loop; BrokenExecutorError; OSError such as EMFILE
   */
  submit(reference: FunctionReference, args: readonly unknown[], isChunk: boolean): Future<unknown> {
    this.checkOpen();
    const loop = this.attach('submit');
    const call = new Call(this, loop, reference, args, isChunk);
    const member = this.idle.pop() ?? this.hire(loop);
    if (member === null || member.current !== null) this.queue.add(call);
    else if (!this.give(member, call)) this.release(member);
    // It is work from now on, for which Node stays where the loop is its guest.
    loop.wake.fire();
    return call.future;
  }

  /** Ends the pool when what it has to do is done. */
  shutdown(cancelFutures: boolean): Future<void> {
    const loop = this.attach('shutdown');
    this.isShutDown = true;
    if (cancelFutures) this.cancelWaiting();
    for (const member of this.idle.splice(0)) member.link.stop();
    const done = new Future<void>({ loop });
    addWaiter(this.shutdownWaiters, done);
    this.noteIfEnded();
    return done;
  }

  /** Ends the pool at once. Blocks until its workers are gone, which takes milliseconds. */
  terminate(): void {
    this.isShutDown = true;
    this.cancelWaiting();
    const members = [...this.crew];
    this.crew.clear();
    this.idle.length = 0;
    for (const { link } of members) link.kill();
    for (const { link, current } of members) {
      link.waitEnd(KILL_TIMEOUT_MS);
      current?.future.cancel(`${this.options.name} was terminated`);
    }
    this.noteIfEnded();
  }

  describe(): string {
    const { name, maxWorkers } = this.options;
    const state = this.brokenBecause !== null ? 'broken' : this.isShutDown ? 'shut down' : 'open';
    const runningCount = this.crew.size - this.idle.length;
    return `${name} ${state} workers=${this.crew.size}/${maxWorkers} running=${runningCount} waiting=${this.queue.size}`;
  }

  /** @internal The future of a call was cancelled. */
  callAbandoned(call: Call): void {
    if (this.queue.delete(call) || !this.options.terminateOnCancel) return;
    for (const member of this.crew) {
      if (member.current !== call) continue;
      member.current = null;
      member.link.kill();
    }
  }

  /** @internal Whether any worker, an idle one too, may do something for which a task waits. */
  expectsWord(): boolean {
    return this.queue.size > 0 || this.isShutDown || (this.loop !== null && offersCalls(this.loop));
  }

  /** @internal */
  memberSaid(member: Member, message: WorkerMessage): void {
    const kind = message[0];
    if (kind === LOOP_CALL) {
      const [, id, name, args] = message;
      answerLoopCall(this.loop as LoopCore, name, args, (error, value) =>
        member.link.reply([id, error, value]),
      );
      return;
    }
    if (kind !== RESULT && kind !== FAILURE) return;
    const call = member.current;
    if (call === null || call.id !== message[1]) return;
    member.current = null;
    if (kind === FAILURE && call === member.initializing) {
      this.breakDown(`its initializer failed: ${decodeError(message[2], this.options.errorClasses)}`);
      member.link.stop();
      return;
    }
    this.release(member);
    if (kind === RESULT) call.succeed(message[2]);
    else call.fail(decodeError(message[2], this.options.errorClasses));
  }

  /** @internal */
  memberEnded(member: Member, reason: string): void {
    const call = member.current;
    this.crew.delete(member);
    const at = this.idle.indexOf(member);
    if (at >= 0) this.idle.splice(at, 1);
    if (call !== null && call === member.initializing) {
      this.breakDown(`a worker ${reason} in its initializer`);
    } else {
      call?.fail(this.broken(`the worker ${member.link.describe()} ${reason} while it ran ${call.name}`));
      this.replace();
    }
    this.noteIfEnded();
  }

  /** A worker more, if there may be; with an initializer it is busy at first. */
  private hire(loop: LoopCore): Member | null {
    const { initializer, initializerArgs, maxWorkers, name } = this.options;
    if (this.crew.size >= maxWorkers) return null;
    let member: Member;
    try {
      member = new Member(this, this.options, `${name}_${this.startedCount++}`);
    } catch (error) {
      // No descriptors or threads left: those that are there do the work.
      if (this.crew.size > 0) return null;
      throw error;
    }
    this.crew.add(member);
    member.link.attach(loop);
    if (initializer !== null) {
      const call = new Call(this, loop, initializer, initializerArgs, false);
      member.initializing = call;
      if (!this.give(member, call)) {
        this.breakDown(`its initializer failed: ${call.future.exception()}`);
        member.link.stop();
        throw this.broken(this.brokenBecause as string);
      }
    }
    return member;
  }

  /** A worker takes a call. Returns false if its arguments cannot be sent: the call has failed then. */
  private give(member: Member, call: Call): boolean {
    const { reference } = call;
    const isKnown = member.known.has(reference.ref);
    const definition = isKnown
      ? null
      : { source: reference.source, url: reference.url, name: reference.name };
    member.current = call;
    call.worker = member.link.describe();
    try {
      member.link.send([call.id, reference.ref, definition, call.args, call.isChunk], movedIn(call.args));
    } catch (error) {
      member.current = null;
      call.fail(unsendable(call, error));
      return false;
    }
    if (!isKnown) member.known.add(reference.ref);
    return true;
  }

  /** A worker is free: for the next call, or for good. */
  private release(member: Member): void {
    for (const next of this.queue) {
      this.queue.delete(next);
      if (this.give(member, next)) return;
    }
    if (this.isShutDown || this.brokenBecause !== null) member.link.stop();
    else this.idle.push(member);
  }

  /** Somebody must do the work of one who died. */
  private replace(): void {
    const { loop } = this;
    if (this.queue.size === 0 || loop === null) return;
    try {
      const member = this.hire(loop);
      if (member !== null && member.current === null) this.release(member);
    } catch (error) {
      this.breakDown(`it cannot start a worker: ${error}`);
    }
  }

  private breakDown(reason: string): void {
    this.brokenBecause ??= reason;
    const error = this.broken(reason);
    for (const call of this.queue) call.fail(error);
    this.queue.clear();
    for (const member of this.idle.splice(0)) member.link.stop();
  }

  private broken(reason: string): BrokenExecutorError {
    return new BrokenExecutorError(`${this.options.name}: ${reason}`);
  }

  private checkOpen(): void {
    const { name } = this.options;
    if (this.brokenBecause !== null) throw this.broken(this.brokenBecause);
    if (this.isShutDown) throw new RuntimeError(`submit: ${name} was shut down and takes no more calls`);
  }

  /** The running loop, which hears of the workers from now on. */
  private attach(call: string): LoopCore {
    const loop = runningLoop(call);
    if (loop !== this.loop) {
      for (const { link } of this.crew) link.attach(loop);
      this.loop = loop;
    }
    return loop;
  }

  private cancelWaiting(): void {
    // Each takes itself off the queue.
    for (const { future } of [...this.queue]) future.cancel(`${this.options.name} was shut down`);
  }

  private noteIfEnded(): void {
    if (!this.isShutDown || this.crew.size > 0 || this.queue.size > 0) return;
    if (this.owner !== null) forgetPool(this, this.owner);
    wakeWaiters(this.shutdownWaiters, undefined);
  }
}

function unsendable(call: Call, error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const remedy = error.message.includes('SharedArrayBuffer')
    ? 'Processes share no memory: threads do, those of a ThreadPoolExecutor.'
    : 'Arguments are copied: plain data, Buffers, Maps; no functions, no objects with methods.';
  return new TypeError(`${call.name}: an argument cannot be sent to a worker: ${error.message}. ${remedy}`, {
    cause: error,
  });
}
