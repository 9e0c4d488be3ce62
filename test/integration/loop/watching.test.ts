/** Readers, instruments, wake-ups and fairness on the real system. */
import { describe, expect, it } from 'vitest';
import { BusyResourceError, type Coroutine, createTask, type Instrument, sleep } from '../../../src/index.ts';
import { defaultKernel } from '../../../src/lowlevel.ts';
import { failOnFdLeaks } from '../../support/fd-leaks.ts';
import { caught } from '../../unit/loop/virtual-loop.ts';
import { countingKernel, pair, realLoop } from './real-loop.ts';

failOnFdLeaks();

describe('addReader and socket calls on the same socket', () => {
  it('exclude each other, whoever came first, and say so', () => {
    const { loop } = realLoop();
    const [near] = pair();
    loop.addReader(near, function onReadable() {});
    const refused = caught(() => loop.sockRecv(near));
    expect(refused).toBeInstanceOf(BusyResourceError);
    expect(refused.message).toContain('onReadable');
    expect(loop.removeReader(near)).toBe(true);
    const receiving = loop.sockRecv(near);
    expect(() => loop.addReader(near, () => {})).toThrow(BusyResourceError);
    receiving.cancel();
    loop.addReader(near, () => {});
    expect(loop.removeReader(near)).toBe(true);
  });

  it('a reader and a send are two directions', () => {
    const { loop } = realLoop();
    const [near, far] = pair();
    loop.run(function* (): Coroutine<void> {
      yield* loop.sockSendall(near, Buffer.from('adopted'));
      loop.addReader(near, () => {
        near.recv(100);
        loop.removeReader(near);
      });
      far.sendall(Buffer.from('read me'));
      yield* loop.sockSendall(near, Buffer.from('while a reader waits'));
      yield* sleep(5);
      expect(loop.removeReader(near)).toBe(false);
    });
  });

  it('closing the socket takes its reader off, so that the next owner of the number starts afresh', () => {
    const { loop } = realLoop();
    const [near] = pair();
    const handle = loop.addReader(near, () => {
      throw new Error('called for another socket');
    });
    const fd = near.fileno();
    near.close();
    expect(handle.cancelled()).toBe(true);
    const [again, far] = pair();
    expect(again.fileno()).toBe(fd);
    far.sendall(Buffer.from('for the new one'));
    expect(loop.runUntilComplete(loop.sockRecv(again)).toString()).toBe('for the new one');
  });
});

describe('wake-ups from this thread', () => {
  it('callSoonThreadsafe before and during a run ends the wait at once', () => {
    const { loop } = realLoop();
    const log: string[] = [];
    loop.callSoonThreadsafe(() => log.push('before'));
    loop.callLater(5, () => loop.callSoonThreadsafe(() => loop.stop()));
    const startMs = loop.time();
    loop.runForever();
    expect(log).toEqual(['before']);
    expect(loop.time() - startMs).toBeLessThan(1000);
  });

  it('many wakes are one event, and the loop does not spin afterwards', () => {
    const { loop } = realLoop();
    let calls = 0;
    const stopListening = loop.onWake(() => calls++);
    const handle = loop.wakeHandle();
    for (let i = 0; i < 100; i++) defaultKernel().wake(handle);
    loop.runUntilComplete(sleep(20));
    expect(calls).toBe(1);
    defaultKernel().wake(handle);
    loop.runUntilComplete(sleep(20));
    expect(calls).toBe(2);
    stopListening();
    defaultKernel().wake(handle);
    loop.runUntilComplete(sleep(5));
    expect(calls).toBe(2);
  });
});

describe('instruments', () => {
  it('tell each socket call and each event of a socket, and nothing of timers', () => {
    const { loop } = realLoop();
    const [near, far] = pair();
    const log: string[] = [];
    const instrument: Instrument = {
      socketCall: (verb, sock) => log.push(`${verb} ${sock === near ? 'near' : 'far'}`),
      selectorEvent: (fd) => log.push(`event ${fd === near.fileno() ? 'near' : 'other'}`),
    };
    loop.addInstrument(instrument);
    loop.run(function* (): Coroutine<void> {
      const receiving = loop.sockRecv(near);
      yield* sleep(2);
      yield* loop.sockSendall(far, Buffer.from('x'));
      yield* receiving;
    });
    loop.removeInstrument(instrument);
    far.sendall(Buffer.from('y'));
    loop.runUntilComplete(loop.sockRecv(near));
    expect(log).toEqual(['recv near', 'send far', 'event near']);
  });
});

describe('fairness', () => {
  it('one peer that always has data does not keep the others from running', () => {
    const { loop } = realLoop();
    const [near, far] = pair();
    far.sendall(Buffer.alloc(100_000));
    const turns: string[] = [];
    loop.run(function* (): Coroutine<void> {
      const greedy = createTask(readAll(1000));
      const modest = createTask(takeTurns(5));
      yield* modest;
      expect(greedy.done()).toBe(false);
      yield* greedy;
    });
    expect(turns).toHaveLength(5);

    function* readAll(chunks: number): Coroutine<void> {
      for (let i = 0; i < chunks; i++) yield* loop.sockRecv(near, 100);
    }
    function* takeTurns(count: number): Coroutine<void> {
      for (let i = 0; i < count; i++) {
        yield* sleep(0);
        turns.push('mine');
      }
    }
  });

  it('writing changes the interest only when the buffer is full, twice then', () => {
    const { kernel, changes } = countingKernel();
    const { loop } = realLoop({ kernel });
    const [near, far] = pair(undefined, kernel);
    loop.run(function* (): Coroutine<void> {
      for (let i = 0; i < 20; i++) yield* loop.sockSendall(near, Buffer.from('small'));
      expect(changes).toEqual([]);
      const sending = loop.sockSendall(near, Buffer.alloc(2 << 20));
      let left = (2 << 20) + 100;
      while (left > 0) left -= (yield* loop.sockRecv(far, 1 << 20)).length;
      yield* sending;
    });
    const ofNear = changes.filter(({ fd }) => fd === near.fileno());
    expect(ofNear.map(({ after }) => after)).toEqual([2, 0]);
  });
});
