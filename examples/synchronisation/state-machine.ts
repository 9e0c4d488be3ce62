/**
 * A state machine by events: an upload that is told what to do, and tasks that wait for its states.
 *
 *     npm run example -- state-machine
 *
 * | state | start | pause | finish | fail |
 * |---|---|---|---|---|
 * | waiting | running | | | |
 * | running | | paused | done | failed |
 * | paused | running | | | failed |
 * | done, failed | | | | |
 */

import { fileURLToPath } from 'node:url';
import {
  type Coroutine,
  createTask,
  Event,
  FIRST_COMPLETED,
  gather,
  print,
  runMain,
  sleep,
  wait,
} from 'selectloop';
import { VirtualClock } from 'selectloop/testing';
import { commandLine, flag } from '../command-line.ts';

export type State = 'waiting' | 'running' | 'paused' | 'done' | 'failed';
export type Action = 'start' | 'pause' | 'finish' | 'fail';

const transitions: Readonly<Record<State, Readonly<Partial<Record<Action, State>>>>> = {
  waiting: { start: 'running' },
  running: { pause: 'paused', finish: 'done', fail: 'failed' },
  paused: { start: 'running', fail: 'failed' },
  done: {},
  failed: {},
};

/** An action that the state does not know. */
export class TransitionError extends Error {}

export class StateMachine {
  private state: State = 'waiting';
  /** One for each state: set while the machine is in it. */
  private readonly events = new Map<State, Event>();

  get current(): State {
    return this.state;
  }

  /** @throws TransitionError */
  do(action: Action): void {
    const next = transitions[this.state][action];
    if (next === undefined) throw new TransitionError(`${this.state} knows no ${action}`);
    this.eventOf(this.state).clear();
    this.state = next;
    this.eventOf(next).set();
  }

  /** Waits until it is in one of these states. @returns the one: it may be in another already when the waiter runs */
  *reached(...states: readonly State[]): Coroutine<State> {
    const waiting = states.map((state) => createTask(this.inState(state)));
    try {
      for (;;) {
        const ended = waiting.find((task) => task.done());
        if (ended !== undefined) return ended.result();
        yield* wait(waiting, { returnWhen: FIRST_COMPLETED });
      }
    } finally {
      for (const task of waiting) task.cancel();
    }
  }

  private *inState(state: State): Coroutine<State> {
    yield* this.eventOf(state).wait();
    return state;
  }

  private eventOf(state: State): Event {
    const known = this.events.get(state);
    if (known !== undefined) return known;
    const made = new Event();
    if (state === this.state) made.set();
    this.events.set(state, made);
    return made;
  }
}

/** An upload of ten parts that goes on only while its machine runs. @returns how many parts it got to */
export function* upload(machine: StateMachine): Coroutine<number> {
  let sent = 0;
  while (sent < 10) {
    const state = yield* machine.reached('running', 'failed');
    if (state === 'failed') return sent;
    yield* sleep(100);
    sent++;
  }
  machine.do('finish');
  return sent;
}

function* main(): Coroutine<void> {
  const machine = new StateMachine();
  const tell = function* (state: State): Coroutine<void> {
    yield* machine.reached(state);
    print(state);
  };
  const watching = (['running', 'paused', 'done'] as const).map((state) => createTask(tell(state)));
  const uploading = createTask(upload(machine));
  for (const action of ['start', 'pause', 'start'] as const) {
    machine.do(action);
    yield* sleep(300);
  }
  print(`${yield* uploading} parts`);
  yield* gather(watching);
  try {
    machine.do('pause');
  } catch (error) {
    if (!(error instanceof TransitionError)) throw error;
    print(error.message);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { virtual } = commandLine('state-machine', {
    virtual: flag('let time pass at once whenever all wait'),
  });
  runMain(main, virtual ? { clock: new VirtualClock() } : {});
}
