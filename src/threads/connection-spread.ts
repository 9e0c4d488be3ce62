/**
 * One socket that accepts for many threads: each connection goes to the next thread, as the number of its
 * descriptor, which all threads of a process share. For systems whose kernel does not spread connections over
 * sockets.
 *
 * A descriptor is never without an owner: the thread makes a duplicate, which is its own, and says so; then
 * this side closes the original, also when the thread has died instead.
 *
 * | state   | entered by | a connection that comes                     |
 * |---------|------------|---------------------------------------------|
 * | started | start      | goes to a thread in the same pass; waits while there is none |
 * | stopped | stop       | is refused by the system; those that waited are closed       |
 */

import { BrokenExecutorError } from '../base/errors.ts';
import type { LoopCore } from '../loop/loop-core.ts';
import type { Socket } from '../sockets/socket.ts';
import { Acceptor } from '../transports/acceptor.ts';
import type { LoopThread } from './loop-thread.ts';

export class ConnectionSpread {
  private readonly loop: LoopCore;
  private readonly acceptor: Acceptor;
  private readonly threads: () => readonly LoopThread[];
  private waiting: Socket[] = [];
  private turn = 0;
  private isDue = false;

  /** @param threads those that serve now */
  constructor(loop: LoopCore, listener: Socket, threads: () => readonly LoopThread[]) {
    this.loop = loop;
    this.threads = threads;
    this.acceptor = new Acceptor(loop, listener, (conn) => {
      this.waiting.push(conn);
      this.spreadSoon();
    });
  }

  start(): void {
    this.acceptor.start();
  }

  stop(): void {
    this.acceptor.release();
    for (const conn of this.waiting.splice(0)) conn.close();
  }

  /** Connections may wait for a thread, and there is one more. */
  spreadSoon(): void {
    if (this.isDue || this.waiting.length === 0) return;
    this.isDue = true;
    this.loop.callSoon(() => this.spread());
  }

  /** One message for each thread, however many connections came together. */
  private spread(): void {
    this.isDue = false;
    const threads = this.threads();
    if (threads.length === 0) return;
    const shares = new Map<LoopThread, Socket[]>();
    for (const conn of this.waiting.splice(0)) {
      const thread = threads[this.turn++ % threads.length] as LoopThread;
      const share = shares.get(thread);
      if (share === undefined) shares.set(thread, [conn]);
      else share.push(conn);
    }
    for (const [thread, share] of shares) this.send(thread, share);
  }

  private send(thread: LoopThread, share: readonly Socket[]): void {
    const closeAll = (): void => {
      for (const conn of share) conn.close();
    };
    try {
      const taken = thread.request('#connections', [share.map((conn) => conn.fileno())]);
      taken.addDoneCallback(() => {
        closeAll();
        const exception = taken.cancelled() ? null : taken.exception();
        // A thread that died is reported, and replaced, by whoever watches it.
        if (exception === null || exception instanceof BrokenExecutorError) return;
        this.loop.callExceptionHandler({ message: `${thread} could not serve connections`, exception });
      });
    } catch {
      closeAll();
    }
  }
}
