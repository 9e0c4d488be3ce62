/** What instruments are told, and when they are not. */
import { describe, expect, test } from 'vitest';
import {
  type Coroutine,
  createTask,
  currentTask,
  Event,
  type EventLoop,
  eagerTaskFactory,
  type Instrument,
  RuntimeError,
  sleep,
} from '../../../src/index.ts';
import { caught, virtualLoop } from './virtual-loop.ts';

/** An instrument that writes down what it is told of tasks. */
function taskLog(loop: EventLoop): { log: string[]; instrument: Instrument } {
  const log: string[] = [];
  const byWhom = (): string => {
    const task = currentTask(loop);
    return task === null ? 'nobody' : task.getName();
  };
  const instrument: Instrument = {
    taskCreated: (task) => log.push(`${task.getName()} created by ${byWhom()}`),
    taskWoken: (task) => log.push(`${task.getName()} woken by ${byWhom()}`),
    taskStepBegan: (task) => log.push(`${task.getName()} steps`),
    taskSuspended: (task, awaited) =>
      log.push(`${task.getName()} ${awaited === null ? 'gives way' : 'waits'}`),
    taskDone: (task) => log.push(`${task.getName()} done, ${task.cancelled() ? 'cancelled' : 'ended'}`),
  };
  return { log, instrument };
}

describe('the life of a task', () => {
  test('is told in order, and who created and woke it can be asked', () => {
    const { loop } = virtualLoop();
    const { log, instrument } = taskLog(loop);
    loop.addInstrument(instrument);
    function* main(): Coroutine<void> {
      const event = new Event();
      const child = createTask(event.wait(), { name: 'child' });
      yield* sleep(0);
      event.set();
      yield* child;
    }
    loop.runUntilComplete(loop.createTask(main(), { name: 'main' }));
    expect(log).toEqual([
      'main created by nobody',
      'main steps',
      'child created by main',
      'main gives way',
      'child steps',
      'child waits',
      'main steps',
      'child woken by main',
      'main waits',
      'child steps',
      'main woken by child',
      'child done, ended',
      'main steps',
      'main done, ended',
    ]);
  });

  test('a task that is started eagerly steps inside the other one’s step', () => {
    const { loop } = virtualLoop();
    loop.setTaskFactory(eagerTaskFactory);
    const { log, instrument } = taskLog(loop);
    loop.addInstrument(instrument);
    loop.run(function* (): Coroutine<void> {
      const child = createTask(sleep(0), { name: 'child' });
      yield* child;
    });
    const ofChild = log.filter((line) => line.startsWith('child'));
    expect(ofChild.slice(0, 3)).toEqual([
      expect.stringMatching(/^child created by /),
      'child steps',
      'child gives way',
    ]);
    expect(ofChild.at(-1)).toBe('child done, ended');
  });

  test('a task that is cancelled before its first step is told of as one', () => {
    const { loop } = virtualLoop();
    const { log, instrument } = taskLog(loop);
    loop.addInstrument(instrument);
    loop.run(function* (): Coroutine<void> {
      createTask(sleep(1), { name: 'child' }).cancel();
      yield* sleep(0);
    });
    expect(log.filter((line) => line.startsWith('child'))).toEqual([
      expect.stringMatching(/^child created by /),
      'child steps',
      'child done, cancelled',
    ]);
  });
});

describe('passes and callbacks', () => {
  test('a pass is told with its time-out, its events and its end; a callback with its name', () => {
    const { loop } = virtualLoop();
    const log: string[] = [];
    loop.addInstrument({
      passBegan: (timeoutMs) => log.push(`pass ${timeoutMs}`),
      waitEnded: (readyCount) => log.push(`found ${readyCount}`),
      passEnded: () => log.push('end'),
      callbackBegan: (callback) => log.push(`begins ${callback}`),
      callbackEnded: () => log.push('ends'),
    });
    const whenMs = loop.time() + 5;
    loop.callAt(whenMs, function timeIsUp() {
      loop.stop();
    });
    loop.runForever();
    expect(log).toEqual([
      'pass 5',
      'found 0',
      `begins <TimerHandle when=${whenMs} timeIsUp()>`,
      'ends',
      'end',
    ]);
  });
});

describe('several instruments', () => {
  test('are told in the order in which they were set, until each is removed', () => {
    const { loop } = virtualLoop();
    const log: string[] = [];
    const [first, second] = ['first', 'second'].map((name) => ({ taskDone: () => log.push(name) }));
    loop.addInstrument(first as Instrument);
    loop.addInstrument(second as Instrument);
    loop.runUntilComplete(sleep(0));
    expect(loop.removeInstrument(first as Instrument)).toBe(true);
    expect(loop.removeInstrument(first as Instrument)).toBe(false);
    loop.runUntilComplete(sleep(0));
    loop.removeInstrument(second as Instrument);
    loop.runUntilComplete(sleep(0));
    expect(log).toEqual(['first', 'second', 'second']);
    expect(loop.instruments).toBeNull();
  });

  test('one that throws is removed, and the others go on', () => {
    const { loop, takeReports } = virtualLoop();
    const log: string[] = [];
    loop.addInstrument({
      taskStepBegan() {
        throw new Error('broken');
      },
    });
    loop.addInstrument({ taskStepBegan: (task) => log.push(task.getName()) });
    loop.runUntilComplete(loop.createTask(sleep(0), { name: 'one' }));
    expect(log).toEqual(['one', 'one']);
    expect(takeReports().map(({ message, exception }) => `${message}: ${exception}`)).toEqual([
      "Exception in the instrument's taskStepBegan(); the instrument was removed: Error: broken",
    ]);
  });

  test('one can remove itself while it is told', () => {
    const { loop } = virtualLoop();
    let calls = 0;
    const once: Instrument = {
      taskStepBegan() {
        calls++;
        loop.removeInstrument(once);
      },
    };
    loop.addInstrument(once);
    loop.runUntilComplete(sleep(0));
    expect(calls).toBe(1);
  });

  test('methods may come from a class', () => {
    class Counter {
      count = 0;
      taskDone(): void {
        this.count++;
      }
    }
    const { loop } = virtualLoop();
    const counter = new Counter();
    loop.addInstrument(counter);
    loop.runUntilComplete(sleep(0));
    expect(counter.count).toBe(1);
  });

  test('setting one twice, or something else, is refused', () => {
    const { loop } = virtualLoop();
    const instrument: Instrument = {};
    loop.addInstrument(instrument);
    expect(caught(() => loop.addInstrument(instrument))).toBeInstanceOf(RuntimeError);
    expect(caught(() => loop.addInstrument(null as never))).toBeInstanceOf(TypeError);
  });
});
