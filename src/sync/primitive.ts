/**
 * What every primitive of this room is: bound to the loop it is first waited for on, and able to describe
 * itself.
 */

import { RuntimeError } from '../base/errors.ts';
import { runningLoop, runningLoopOrNull } from '../loop/current-loop.ts';
import type { LoopCore } from '../loop/loop-core.ts';

/**
 * The base of the synchronization primitives. As in asyncio, a primitive may be made anywhere, before there
 * is a loop, and works without one as long as no task has to wait; the first wait binds it to the running
 * loop for good.
 */
export abstract class Primitive {
  private boundLoop: LoopCore | null = null;

  /**
   * @internal The loop that a wait belongs to.
   * @param method whose wait it is, for messages
   * @throws RuntimeError outside of a running loop, or on another loop than the one of the first wait
   */
  loopForWaiting(method: string): LoopCore {
    const loop = runningLoopOrNull() ?? runningLoop(this.callText(method));
    this.boundLoop ??= loop;
    if (loop !== this.boundLoop) throw new RuntimeError(this.otherLoopMessage(method, loop, this.boundLoop));
    return loop;
  }

  /** One line: what it is and what state it is in. */
  toString(): string {
    return `<${this.describe()}>`;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }

  /** Name and state, without the angle brackets. */
  protected abstract describe(): string;

  private callText(method: string): string {
    return `${this.constructor.name}.${method}()`;
  }

  private otherLoopMessage(method: string, loop: LoopCore, bound: LoopCore): string {
    return (
      `${this.callText(method)}: ${this.toString()} is bound to a different event loop: it was first waited for on ` +
      `${describeLoop(bound)}, and this is ${describeLoop(loop)}. Make one for each loop.`
    );
  }
}

/** `Lock [locked, waiters:2]`: asyncio's form, without the address. */
export function describeState(primitive: Primitive, state: string, waitersCount: number): string {
  const waiters = waitersCount === 0 ? '' : `, waiters:${waitersCount}`;
  return `${primitive.constructor.name} [${state}${waiters}]`;
}

function describeLoop(loop: LoopCore): string {
  const state = loop.isClosed() ? 'closed' : loop.isRunning() ? 'running' : 'not running';
  return `<${loop.constructor.name} ${state}>`;
}
