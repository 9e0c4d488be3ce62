/**
 * Takes the connections of one listening socket for as long as it is not stopped: in each of its turns as
 * many as there are, within a budget. How to accept, and what to do when there are no descriptors left, is
 * the accept verb's.
 *
 * | state   | pending | in the ready queue | stop()                       | release()          |
 * |---------|---------|--------------------|------------------------------|--------------------|
 * | waiting | set     | no                 | cancels the accept           | cancels the accept |
 * | woken   | done    | yes                | serves the connection it has | closes it          |
 * | stopped | null    | perhaps once more  | nothing                      | nothing            |
 */

import type { Address } from '../addresses/address.ts';
import { type Context, copyContext, enterContext, leaveContext } from '../base/context.ts';
import type { Future, FutureObserver } from '../futures/future.ts';
import { callAll } from '../loop/call-all.ts';
import type { LoopCore } from '../loop/loop-core.ts';
import type { Runnable } from '../loop/ready-queue.ts';
import type { Socket } from '../sockets/socket.ts';
import { SocketVerbs } from '../verbs/socket-verbs.ts';

/**
 * Maximum number of connections taken in one turn. A burst must not overflow the backlog while it is being
 * taken, and the connections that are there must have their turns as well. asyncio takes as many as the
 * backlog, 100 by default.
 */
const ACCEPTS_PER_TURN = 128;

export class Acceptor implements FutureObserver, Runnable {
  private readonly loop: LoopCore;
  private readonly verbs: SocketVerbs;
  private readonly listener: Socket;
  private readonly onConnection: (conn: Socket) => void;
  private readonly context: Context = copyContext();
  private pending: Future<[conn: Socket, address: Address]> | null = null;

  /**
   * @param onConnection is given each connection, with a context of its own making; throws interrupts only
   */
  constructor(loop: LoopCore, listener: Socket, onConnection: (conn: Socket) => void) {
    this.loop = loop;
    this.verbs = new SocketVerbs(loop);
    this.listener = listener;
    this.onConnection = onConnection;
  }

  start(): void {
    const pending = this.verbs.accept(this.listener);
    this.pending = pending;
    pending.addObserver(this);
  }

  /**
   * Takes no more. A connection that was taken is served, even if its turn had not come: nobody else knows of
   * it any more, and a listener that lives on in another process cannot give it back.
   */
  stop(): void {
    const conn = this.takeLast();
    if (conn !== null) this.inContext(() => this.onConnection(conn));
  }

  /** Takes no more, and serves no more. */
  release(): void {
    this.takeLast()?.close();
  }

  /** @internal */
  futureDone(): void {
    this.loop.ready.push(this);
  }

  /** @internal */
  runReady(): void {
    const { pending } = this;
    if (pending === null || !pending.done()) return;
    this.pending = null;
    this.inContext(() => this.serve(pending));
  }

  toString(): string {
    return `<accepting from ${this.listener}>`;
  }

  /** Ends the wait; returns the connection that it had found already. */
  private takeLast(): Socket | null {
    const { pending } = this;
    this.pending = null;
    if (pending === null || pending.cancel() || pending.failed()) return null;
    return pending.result()[0];
  }

  private inContext(action: () => void): void {
    const previous = enterContext(this.context);
    try {
      action();
    } finally {
      leaveContext(previous);
    }
  }

  private serve(accepted: Future<[conn: Socket, address: Address]>): void {
    const taken: Socket[] = [];
    try {
      taken.push(accepted.result()[0]);
      while (taken.length < ACCEPTS_PER_TURN) {
        const conn = this.verbs.acceptNow(this.listener);
        if (conn === null) break;
        taken.push(conn);
      }
      // Before the connections are served: what serves them may stop this.
      this.start();
    } catch (error) {
      this.loop.callExceptionHandler({
        message: 'Accepting has failed; the server takes no more connections from this socket',
        exception: error,
        socket: this.listener,
      });
    } finally {
      // Those that were taken are served, whatever comes of the others: see stop().
      callAll(taken.map((conn) => () => this.onConnection(conn)));
    }
  }
}
