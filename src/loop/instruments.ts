/**
 * The instruments of a loop, and how they are called: one list of listeners for each point, so that a point
 * for which nobody listens costs the look at an empty list. A loop without instruments has none of this, and
 * its `instruments` is `null`:
 *
 *     if (loop.instruments !== null) loop.instruments.taskWoken.tell(task);
 *
 * | an instrument is | entered by             | what it is told      |
 * |------------------|------------------------|----------------------|
 * | set              | add                    | everything           |
 * | removed          | remove; an error of it | nothing              |
 *
 * A list is replaced, never changed: whoever removes an instrument while it is being told disturbs nobody.
 */

import { RuntimeError } from '../base/errors.ts';
import { isInterrupt } from '../coroutines/thrown.ts';
import type { ExceptionContext } from './exception-context.ts';
import { OBSERVED } from './extras.ts';
import type { InstrumentedTask, LoopInstrument } from './instrument.ts';

/** The loop that instruments observe. */
interface ObservedLoop {
  instruments: Instruments | null;
  extras: number;
  callExceptionHandler(context: ExceptionContext): void;
}

/** A method of an instrument, whatever its parameters. */
type Listener = (a: unknown, b: unknown, c: unknown) => void;

/** One point of a loop. */
class Point<A extends readonly unknown[]> {
  private readonly name: keyof LoopInstrument;
  private readonly failed: (instrument: LoopInstrument, name: string, error: unknown) => void;
  private instruments: readonly LoopInstrument[] = [];
  private listeners: readonly Listener[] = [];

  constructor(
    name: keyof LoopInstrument,
    failed: (instrument: LoopInstrument, name: string, error: unknown) => void,
  ) {
    this.name = name;
    this.failed = failed;
  }

  /** Whether anybody listens. */
  get isHeard(): boolean {
    return this.listeners.length > 0;
  }

  setInstruments(all: readonly LoopInstrument[]): void {
    this.instruments = all.filter((each) => each[this.name] !== undefined);
    this.listeners = this.instruments.map((each) => (each[this.name] as Listener).bind(each));
  }

  tell(a?: A[0], b?: A[1], c?: A[2]): void {
    const { listeners, instruments } = this;
    for (let i = 0; i < listeners.length; i++) {
      try {
        (listeners[i] as Listener)(a, b, c);
      } catch (error) {
        this.failed(instruments[i] as LoopInstrument, this.name, error);
      }
    }
  }
}

/** The parameters of a point. */
type Told<K extends keyof LoopInstrument> = Parameters<NonNullable<LoopInstrument[K]>>;

export class Instruments {
  private readonly loop: ObservedLoop;
  private all: readonly LoopInstrument[] = [];
  private readonly points: Point<never>[] = [];
  readonly taskCreated = this.point('taskCreated');
  readonly taskWoken = this.point('taskWoken');
  readonly taskStepBegan = this.point('taskStepBegan');
  readonly taskSuspended = this.point('taskSuspended');
  readonly taskDone = this.point('taskDone');
  readonly callbackBegan = this.point('callbackBegan');
  readonly callbackEnded = this.point('callbackEnded');
  readonly socketCall = this.point('socketCall');
  readonly selectorEvent = this.point('selectorEvent');
  readonly ioCall = this.point('ioCall');
  readonly passBegan = this.point('passBegan');
  readonly waitEnded = this.point('waitEnded');
  readonly passEnded = this.point('passEnded');
  readonly slowStep = this.point('slowStep');

  constructor(loop: ObservedLoop) {
    this.loop = loop;
  }

  /** A step of a task has ended. */
  stepEnded(task: InstrumentedTask): void {
    if (task.done()) this.taskDone.tell(task);
    else this.taskSuspended.tell(task, task.waitingOn);
  }

  /** The instruments without `instrument`, and with it at the end if it `isSet`. */
  change(instrument: LoopInstrument, isSet: boolean): void {
    const others = this.all.filter((each) => each !== instrument);
    this.all = isSet ? [...others, instrument] : others;
    for (const point of this.points) point.setInstruments(this.all);
    const isObserved = this.all.length > 0;
    this.loop.instruments = isObserved ? this : null;
    this.loop.extras = isObserved ? this.loop.extras | OBSERVED : this.loop.extras & ~OBSERVED;
  }

  has(instrument: LoopInstrument): boolean {
    return this.all.includes(instrument);
  }

  private point<K extends keyof LoopInstrument>(name: K): Point<Told<K>> {
    const point = new Point<Told<K>>(name, (instrument, at, error) => this.fail(instrument, at, error));
    this.points.push(point as Point<never>);
    return point;
  }

  /**
   * An instrument threw. It may throw at every point, so it is not called again. An interrupt is meant for
   * the caller of run().
   */
  private fail(instrument: LoopInstrument, point: string, error: unknown): void {
    if (isInterrupt(error)) throw error;
    this.change(instrument, false);
    this.loop.callExceptionHandler({
      message: `Exception in the instrument's ${point}(); the instrument was removed`,
      exception: error,
    });
  }
}

/** The implementation of `loop.addInstrument`. */
export function addInstrument(loop: ObservedLoop, instrument: LoopInstrument): void {
  if (typeof instrument !== 'object' || instrument === null) {
    throw new TypeError(`addInstrument: an object with methods is needed, got ${typeof instrument}`);
  }
  const instruments = loop.instruments ?? new Instruments(loop);
  if (instruments.has(instrument)) throw new RuntimeError('addInstrument: this instrument is set already');
  instruments.change(instrument, true);
}

/** The implementation of `loop.removeInstrument`. */
export function removeInstrument(loop: ObservedLoop, instrument: LoopInstrument): boolean {
  const wasSet = loop.instruments?.has(instrument) === true;
  if (wasSet) loop.instruments?.change(instrument, false);
  return wasSet;
}
