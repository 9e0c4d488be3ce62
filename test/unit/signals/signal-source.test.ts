/** Who has which signal of the process, and the one pipe behind them all. */
import { constants } from 'node:os';
import { describe, expect, it } from 'vitest';
import { EAGAIN, EBUSY, EMFILE } from '../../../src/kernel/errno.ts';
import { READABLE } from '../../../src/kernel/kernel.ts';
import { Handle } from '../../../src/loop/handle.ts';
import { PromptHandle, signalsOf } from '../../../src/signals/signal-source.ts';
import { onePass, virtualLoop } from '../loop/virtual-loop.ts';

const SIGINT = 2;
const SIGTERM = 15;
const { SIGCHLD } = constants.signals;
const listenersBefore = process.listenerCount('newListener');

/** A loop over a kernel whose pipe and signals note what is done to them. */
function signalWorld() {
  const { loop, kernel } = virtualLoop();
  const log: string[] = [];
  const bytes: number[] = [];
  const answers = { pipe: 0, watch: 0, reassert: 0 };
  const ends = { read: -1 };
  const fds = {
    pipe(out: Int32Array): number {
      if (answers.pipe < 0) return answers.pipe;
      out[0] = ends.read = kernel.open();
      out[1] = kernel.open();
      log.push('pipe');
      return 0;
    },
    read(fd: number, buffer: Uint8Array, _offset: number, byteCount: number): number {
      const taken = bytes.splice(0, byteCount);
      kernel.setReady(fd, bytes.length > 0 ? READABLE : 0);
      buffer.set(taken);
      return taken.length > 0 ? taken.length : -EAGAIN;
    },
    close(fd: number): number {
      kernel.close(fd);
      log.push('close');
      return 0;
    },
  };
  const signals = {
    watch(signum: number, _writeFd: number, isInterrupt: boolean): number {
      log.push(`watch ${signum}${isInterrupt ? ' interrupt' : ''}`);
      return answers.watch;
    },
    reassert(signum: number): number {
      log.push(`reassert ${signum}`);
      return answers.reassert;
    },
    restore(signum: number): number {
      log.push(`restore ${signum}`);
      return 0;
    },
  };
  Object.defineProperty(kernel, 'fds', { value: fds });
  Object.defineProperty(kernel, 'signals', { value: signals });
  const seen: string[] = [];
  const handleOf = (name: string): Handle => new Handle(() => seen.push(name), [], loop);
  const send = (...signums: number[]): void => {
    bytes.push(...signums);
    kernel.setReady(ends.read, READABLE);
  };
  return { loop, source: signalsOf(loop), log, answers, seen, handleOf, send, takeLog: () => log.splice(0) };
}

describe('the pipe', () => {
  it('is opened for the first signal, shared by all, and closed after the last', () => {
    const { loop, source, seen, handleOf, send, takeLog } = signalWorld();
    source.handle(SIGTERM, handleOf('term'));
    source.handle(1, handleOf('hup'));
    expect(takeLog()).toEqual(['pipe', 'watch 15', 'watch 1']);
    send(1, SIGTERM, 1);
    onePass(loop);
    expect(seen).toEqual(['hup', 'term', 'hup']);
    source.remove(SIGTERM);
    expect(takeLog()).toEqual(['restore 15']);
    source.remove(1);
    expect(takeLog()).toEqual(['restore 1', 'close', 'close']);
    expect(source.remove(1)).toBe(false);
  });

  it('with more in it than is read at once is read on in the next pass', () => {
    const { loop, source, seen, handleOf, send } = signalWorld();
    source.handle(SIGTERM, handleOf('term'));
    send(...new Array<number>(100).fill(SIGTERM));
    onePass(loop);
    onePass(loop);
    expect(seen).toHaveLength(100);
  });

  it('that cannot be opened leaves nothing behind', () => {
    const { source, answers, handleOf, takeLog } = signalWorld();
    answers.pipe = -EMFILE;
    expect(() => source.handle(SIGTERM, handleOf('term'))).toThrow(/EMFILE/);
    expect(() => source.catchInterrupt(() => {})).toThrow(/EMFILE/);
    expect(source.remove(SIGTERM)).toBe(false);
    expect(takeLog()).toEqual([]);
  });
});

describe('a handler', () => {
  it('takes the place of the one before, without a moment in which the signal is not ours', () => {
    const { loop, source, seen, handleOf, send, takeLog } = signalWorld();
    const first = handleOf('first');
    source.handle(SIGTERM, first);
    takeLog();
    source.handle(SIGTERM, handleOf('second'));
    expect([takeLog(), first.cancelled()]).toEqual([[], true]);
    send(SIGTERM);
    onePass(loop);
    expect(seen).toEqual(['second']);
  });

  it('removed when its signal is in the pipe already is not called', () => {
    const { loop, source, seen, handleOf, send } = signalWorld();
    source.handle(SIGTERM, handleOf('term'));
    source.handle(1, handleOf('hup'));
    send(SIGTERM);
    source.remove(SIGTERM);
    onePass(loop);
    expect(seen).toEqual([]);
  });

  it('removed when its signals are in the pipe already is called, if it is prompt', () => {
    const { loop, source, seen, send } = signalWorld();
    source.handle(SIGTERM, new PromptHandle(() => seen.push('term'), [], loop));
    send(...new Array<number>(100).fill(SIGTERM));
    source.remove(SIGTERM);
    expect(seen).toHaveLength(100);
  });

  it('for a signal that somebody else has is refused, and leaves nothing behind', () => {
    const { source, answers, handleOf, takeLog } = signalWorld();
    answers.watch = -EBUSY;
    expect(source.handle(SIGTERM, handleOf('term'))).toBe(-EBUSY);
    expect(takeLog()).toEqual(['pipe', 'watch 15', 'close', 'close']);
    expect(source.remove(SIGTERM)).toBe(false);
  });

  it('ends with its loop', () => {
    const { loop, source, handleOf, takeLog } = signalWorld();
    const handle = handleOf('term');
    source.handle(SIGTERM, handle);
    source.catchInterrupt(() => {});
    takeLog();
    loop.close();
    expect(takeLog().sort()).toEqual(['close', 'close', 'restore 15', 'restore 2']);
    expect(handle.cancelled()).toBe(true);
  });
});

describe('the interrupt of run()', () => {
  it('is hidden by a handler for SIGINT, and there again when that is removed, and ours all the time', () => {
    const { loop, source, seen, handleOf, send, takeLog } = signalWorld();
    source.catchInterrupt(() => seen.push('run'));
    source.handle(SIGINT, handleOf('handler'));
    expect(takeLog()).toEqual(['pipe', 'watch 2 interrupt', 'watch 2']);
    send(SIGINT);
    onePass(loop);
    source.remove(SIGINT);
    expect(takeLog()).toEqual(['watch 2 interrupt']);
    send(SIGINT);
    onePass(loop);
    onePass(loop);
    expect(seen).toEqual(['handler', 'run']);
    source.releaseInterrupt();
    expect(takeLog()).toEqual(['restore 2', 'close', 'close']);
  });

  it('is not taken from a handler that was there first', () => {
    const { loop, source, seen, handleOf, send, takeLog } = signalWorld();
    source.handle(SIGINT, handleOf('handler'));
    expect(source.catchInterrupt(() => seen.push('run'))).toBe(0);
    send(SIGINT);
    onePass(loop);
    expect(seen).toEqual(['handler']);
    source.releaseInterrupt();
    expect(takeLog()).toEqual(['pipe', 'watch 2']);
  });
});

describe('what others do to our signals', () => {
  it('is put right when a listener of Node is added or removed; other events are not looked at', () => {
    const { source, handleOf, takeLog } = signalWorld();
    source.handle(SIGTERM, handleOf('term'));
    takeLog();
    const listener = (): void => {};
    process.on('SIGTERM', listener);
    process.on('SIGHUP', listener);
    expect(takeLog()).toEqual(['reassert 15']);
    process.removeListener('SIGTERM', listener);
    process.removeListener('SIGHUP', listener);
    expect(takeLog()).toEqual(['reassert 15']);
    source.remove(SIGTERM);
    takeLog();
    process.on('SIGTERM', listener);
    process.removeListener('SIGTERM', listener);
    expect(takeLog()).toEqual([]);
    expect(process.listenerCount('newListener')).toBe(listenersBefore);
  });

  it('to SIGCHLD is put right before each wait, and counts as a child that has ended', () => {
    const { loop, source, answers, seen, handleOf, takeLog } = signalWorld();
    source.handle(SIGCHLD, handleOf('child'));
    onePass(loop);
    expect([takeLog().includes(`reassert ${SIGCHLD}`), seen]).toEqual([true, []]);
    answers.reassert = 1;
    onePass(loop);
    expect(seen).toEqual(['child']);
    source.remove(SIGCHLD);
    takeLog();
    onePass(loop);
    expect(takeLog()).toEqual([]);
  });
});
