/** Traces: their format, and what they tell. */
import { describe, expect, test } from 'vitest';
import {
  type Coroutine,
  createTask,
  Event,
  eagerTaskFactory,
  gather,
  Lock,
  sleep,
  startTrace,
  type TraceEvent,
} from '../../../src/index.ts';
import { pair, realLoop } from '../../integration/loop/real-loop.ts';
import { traceFaults } from '../../support/trace-format.ts';
import { readTrace } from '../../support/trace-reader.ts';
import { virtualLoop } from '../loop/virtual-loop.ts';

/** The slices of the track with that name, as `name from-to`. */
function slicesOf(events: readonly TraceEvent[], trackName: string): string[] {
  const track = events.find(({ ph, args }) => ph === 'M' && args?.name === trackName)?.tid;
  return events
    .filter(({ ph, tid }) => ph === 'X' && tid === track)
    .map(({ name, ts, dur = 0 }) => `${name} ${Math.round(ts)}-${Math.round(ts + dur)}`);
}

describe('a trace', () => {
  test('has a track for each task, and tells its steps, its waits, and who ended them', () => {
    const { loop } = virtualLoop();
    const trace = startTrace({ loop });
    function* opener(event: Event): Coroutine<void> {
      yield* sleep(10);
      event.set();
    }
    loop.run(function* (): Coroutine<void> {
      const event = new Event();
      createTask(opener(event), { name: 'opener' });
      yield* createTask(event.wait(), { name: 'waiter' });
    });
    const text = trace.stop().toString();
    expect(traceFaults(text)).toEqual([]);
    const { traceEvents } = trace.toJSON();
    // Steps take no virtual time, so those that begin together have no order.
    expect(slicesOf(traceEvents, 'waiter').toSorted()).toEqual([
      'last step 10000-10000',
      'ready 0-0',
      'ready 10000-10000',
      'step 0-0',
      'waits: EventWait 0-10000',
    ]);
    const byName = (name: string) =>
      traceEvents.find(({ ph, args }) => ph === 'M' && args?.name === name)?.tid;
    const arrows = traceEvents
      .filter(({ ph }) => ph === 's')
      .map((start) => [start.tid, traceEvents.find(({ ph, id }) => ph === 'f' && id === start.id)?.tid]);
    expect(arrows).toContainEqual([byName('opener'), byName('waiter')]);
  });

  test('of everything at once has the right format', () => {
    const { loop, takeReports } = realLoop();
    const [near, far] = pair();
    loop.run(function* (): Coroutine<void> {
      const trace = startTrace();
      const lock = new Lock();
      const eager = loop.getTaskFactory();
      function* echo(): Coroutine<void> {
        for (let i = 0; i < 20; i++) yield* loop.sockSendall(far, yield* loop.sockRecv(far, 100));
      }
      function* ask(): Coroutine<void> {
        for (let i = 0; i < 20; i++) {
          yield* loop.sockSendall(near, Buffer.from('hello'));
          yield* loop.sockRecv(near, 100);
          yield* lock.acquire();
          yield* sleep(0);
          lock.release();
        }
      }
      function* fail(): Coroutine<void> {
        yield* sleep(1);
        throw new Error('as expected');
      }
      const failing = createTask(fail());
      createTask(sleep(1000), { name: 'cancelled' }).cancel();
      loop.callLater(1, function timeIsUp() {});
      loop.setTaskFactory(eagerTaskFactory);
      const early = createTask(sleep(0), { name: 'eager' });
      loop.setTaskFactory(eager);
      yield* gather([createTask(echo()), createTask(ask()), early]);
      yield* sleep(5);
      failing.exception();
      createTask(sleep(1), { name: 'not done' });
      yield* sleep(0);
      const text = trace.stop().toString();
      expect(traceFaults(text)).toEqual([]);
      const { arrows, losses } = readTrace(text);
      expect(losses).toEqual([]);
      expect(arrows.length).toBeGreaterThan(40);
      for (const { from, to } of arrows) {
        // From the very moment of the wake, not from some slice that happens to be there.
        expect(from).toMatchObject({ name: 'wake', isInstant: true });
        expect(to.name).toMatch(/^(last )?step/);
        expect(to.tid).not.toBe(from.tid);
        expect(to.fromNs).toBeGreaterThanOrEqual(from.toNs);
      }
      const { traceEvents } = JSON.parse(text) as { traceEvents: TraceEvent[] };
      const names = new Set(traceEvents.map(({ name }) => name));
      for (const name of [
        'recv',
        'send',
        'wait',
        'pass',
        'step',
        'waits: recv',
        'last step (failed)',
        'wake',
      ])
        expect(names).toContain(name);
      expect([...names].some((name) => name.includes('timeIsUp'))).toBe(true);
      yield* sleep(2);
    });
    expect(takeReports()).toEqual([]);
  });

  test('is told as it was when it was stopped, and costs nothing after', () => {
    const { loop } = virtualLoop();
    const trace = startTrace({ loop });
    loop.runUntilComplete(sleep(1));
    const { length } = trace.stop().stop();
    loop.runUntilComplete(sleep(1));
    expect(trace.length).toBe(length);
    expect(loop.instruments).toBeNull();
  });

  test('keeps no more events than its limit, and says how many it dropped', () => {
    const { loop } = virtualLoop();
    const trace = startTrace({ loop, limit: 10 });
    loop.run(function* (): Coroutine<void> {
      for (let i = 0; i < 100; i++) yield* createTask(sleep(1));
    });
    trace.stop();
    expect(trace.length).toBeLessThanOrEqual(10);
    expect(trace.toJSON().otherData.droppedEvents).toBeGreaterThan(100);
    expect(String(trace)).toContain('"droppedEvents"');
  });
});
