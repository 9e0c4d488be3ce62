/**
 * The guest driver: the same loop body as in `blocking.ts`, called by Node's own loop when there is something
 * to do. Promises settle, and everything else of Node's goes on, between two turns.
 *
 * | state   | entered by                                  | planned in Node's loop        | wake hook |
 * |---------|---------------------------------------------|-------------------------------|-----------|
 * | awake   | start; a turn with work left; the wake hook | a turn in its next iteration  | no        |
 * | in turn | Node's loop                                 | as before                     | no        |
 * | resting | a turn that has nothing more to do          | readiness, and the next timer | armed     |
 * | ended   | stop(), detach, an error that ends the run  | nothing                       | no        |
 *
 * A turn is one pass, or several short ones (`busy-stretch.ts`), of about a millisecond at most
 * (`turn-budget.ts`), and one iteration of Node's loop has one turn. So what is ready here waits for one
 * iteration of Node's loop. An endless chain of resolved Promises makes such an iteration long.
 */

import { RuntimeError } from '../base/errors.ts';
import { type NodeWatch, watchInNode } from '../kernel/native-guest.ts';
import { setGuest, setRunningLoop } from '../loop/current-loop.ts';
import { GUEST } from '../loop/extras.ts';
import type { LoopCore } from '../loop/loop-core.ts';
import { BREAK, loopSteps } from '../loop/step.ts';
import { TurnBudget } from '../loop/turn-budget.ts';

/** What ended the run of a guest. */
export interface Failure {
  readonly error: unknown;
}

export class GuestDriver {
  private readonly loop: LoopCore;
  private readonly onEnd: (failure: Failure | null) => void;
  private readonly steps: Generator<number, void, number>;
  private readonly budget: TurnBudget;
  private readonly watch: NodeWatch;
  private isRef: boolean;
  private inTurn = false;
  private ended = false;
  private detaching = false;
  /** The last turn stopped in the middle of a pass, which goes on before the selector is asked again. */
  private broken = false;
  /** What Node's loop has been told last. */
  private plannedBusy = false;
  private plannedWhenMs = Number.POSITIVE_INFINITY;
  private plannedAlive = true;

  /**
   * Takes the loop; its first turn comes in the next iteration of Node's loop.
   * @param onEnd called once, when it has let go of the loop: with the error that ended it, or `null`
   * @throws RuntimeError when the loop runs, is closed, or cannot be a guest
   */
  constructor(loop: LoopCore, isRef: boolean, onEnd: (failure: Failure | null) => void) {
    loop.checkCanRun();
    this.loop = loop;
    this.isRef = isRef;
    this.onEnd = onEnd;
    this.budget = new TurnBudget(loop.kernel);
    this.watch = watchInNode(pollableFd(loop), () => this.turn());
    this.steps = loopSteps(loop);
    loop.enterRun();
    loop.extras |= GUEST;
    loop.ready.budget = this.budget;
    loop.selector.onFilenoReplaced = (fd) => this.watch.follow(fd);
    setGuest(loop, true);
    // To where it asks for the first wait, which nobody needs to answer.
    this.steps.next(0);
    this.plan(0);
  }

  /** Whether it may keep Node alive at all. */
  setRef(isRef: boolean): void {
    this.isRef = isRef;
    // Told at the end of the turn, or now.
    if (!this.inTurn && !this.ended) this.loop.wake.fire();
  }

  /** Lets go of the loop: now, or at the end of the pass that is under way. */
  detach(): void {
    if (!this.inTurn) {
      this.end(null);
      return;
    }
    this.detaching = true;
    this.budget.isLastPass = true;
  }

  private turn(): void {
    const { loop, steps } = this;
    loop.wake.armed = null;
    if (this.plannedWhenMs <= loop.time()) this.plannedWhenMs = Number.POSITIVE_INFINITY;
    // A step may turn Node's loop from inside, as the package deasync does. What is ready keeps until then.
    if (this.inTurn) return;
    const previous = setRunningLoop(loop);
    this.inTurn = true;
    let step: IteratorResult<number, void>;
    try {
      this.budget.begin();
      step = steps.next(this.broken ? 0 : loop.selector.poll(0));
    } catch (error) {
      this.inTurn = false;
      this.end({ error });
      return;
    } finally {
      this.inTurn = false;
      setRunningLoop(previous);
    }
    this.broken = step.value === BREAK || loop.ready.batchLeft > 0;
    if (step.done === true || (this.detaching && !this.broken)) this.end(null);
    else this.plan(step.value);
  }

  /** The loop asks for a wait. */
  private plan(timeoutMs: number): void {
    if (timeoutMs === 0 || this.broken) {
      this.planTurn();
      return;
    }
    const { loop } = this;
    if (loop.wakers.watch !== null && loop.wakers.watch.beforeIdle(timeoutMs) !== null) {
      this.planTurn();
      return;
    }
    loop.wake.armed = this.awake;
    const whenMs = timeoutMs < 0 ? Number.POSITIVE_INFINITY : loop.time() + timeoutMs;
    const keepsAlive = this.isRef && loop.keepAlive.hasWork();
    // A timer that comes too early costs one turn; setting it anew costs something each time.
    if (!this.plannedBusy && keepsAlive === this.plannedAlive && this.plannedWhenMs <= whenMs) return;
    this.plannedBusy = false;
    this.plannedWhenMs = whenMs;
    this.plannedAlive = keepsAlive;
    // A delay of 0 would be another kind of plan.
    this.watch.plan(timeoutMs < 0 ? -1 : Math.max(timeoutMs, Number.MIN_VALUE), keepsAlive);
  }

  private planTurn(): void {
    if (this.plannedBusy && this.plannedAlive === this.isRef) return;
    this.plannedBusy = true;
    this.plannedWhenMs = Number.POSITIVE_INFINITY;
    this.plannedAlive = this.isRef;
    this.watch.plan(0, this.isRef);
  }

  /** Something has happened while the loop rested. */
  private readonly awake = (): void => {
    if (!this.ended) this.planTurn();
  };

  private end(failure: Failure | null): void {
    if (this.ended) return;
    this.ended = true;
    const { loop } = this;
    this.watch.close();
    loop.wake.armed = null;
    loop.ready.budget = null;
    loop.ready.batchLeft = 0;
    // Nobody watches its descriptor any more, so it may be replaced in silence.
    loop.selector.onFilenoReplaced = () => {};
    loop.extras &= ~GUEST;
    setGuest(loop, false);
    loop.leaveRun();
    this.onEnd(failure);
  }
}

/** The descriptor that Node's loop is to watch. @throws RuntimeError when there is none, with the reason */
function pollableFd(loop: LoopCore): number {
  const refusal = refusalOf(loop);
  if (refusal !== null) throw new RuntimeError(`attach: ${refusal}`);
  const fd = loop.selector.fileno();
  if (fd >= 0) return fd;
  throw new RuntimeError(
    `attach: the '${loop.selector.kind}' poller has no descriptor that Node's loop could watch. Make the loop on epoll or kqueue.`,
  );
}

function refusalOf(loop: LoopCore): string | null {
  // What Deno has of libuv's functions is not enough: it crashes (2.9.6) when their watchers fire.
  if ('Deno' in globalThis) return 'Deno cannot have guests, its libuv is too small. run() works there.';
  if (loop.clock !== null)
    return 'a loop with a clock of its own cannot be a guest: Node waits in real time.';
  if (loop.kernel.isNodesOwn) return null;
  return `a loop of the ${loop.kernel.name} kernel cannot be a guest: Node waits in the real one.`;
}
