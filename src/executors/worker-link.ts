/** A pool's view of one worker, thread or process. */

import type { LoopCore } from '../loop/loop-core.ts';
import type { CallMessage, LoopReply, WorkerMessage } from './messages.ts';

/** Who hears of a worker. */
export interface WorkerListener {
  /** A message of the worker's. */
  received(message: WorkerMessage): void;
  /**
   * The worker is gone: no message comes any more.
   * @param reason how it ended, as far as is known, to follow its name
   */
  ended(reason: string): void;
  /**
   * Whether something may come of the worker, its end included, that wakes a task. An idle one waits for us.
   */
  mayWake(): boolean;
}

/**
 * The parent's end of a worker.
 *
 * | state    | entered by                 | send               | messages        | leaves to      |
 * |----------|----------------------------|--------------------|-----------------|----------------|
 * | starting | construction               | kept by the system | –               | running, ended |
 * | running  | its first message          | yes                | yes             | ending, ended  |
 * | ending   | stop(), kill()             | no                 | those under way | ended          |
 * | ended    | the end of thread, process | no                 | no              | –              |
 *
 * It is heard of only while it is attached to a loop that runs.
 */
export interface WorkerLink {
  /** Watches the worker's descriptors on `loop`. */
  attach(loop: LoopCore): void;
  detach(): void;
  /** @throws TypeError for an argument that cannot be sent */
  send(message: CallMessage, transfer: readonly object[]): void;
  /** Answers a call into the loop. */
  reply(reply: LoopReply): void;
  /** Asks it to end when it has nothing to do. */
  stop(): void;
  /** Ends it at once, in the middle of whatever it does. */
  kill(): void;
  /** Blocks until it is gone, `timeoutMs` at most. Returns whether it is. The listener is not told. */
  waitEnd(timeoutMs: number): boolean;
  describe(): string;
}
