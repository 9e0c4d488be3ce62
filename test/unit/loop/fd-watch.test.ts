/** addReader, addWriter, and the table of who waits for what, counted in changes that reach the kernel. */
import { describe, expect, it } from 'vitest';
import { READABLE, WRITABLE } from '../../../src/kernel/kernel.ts';
import { caught, onePass, virtualLoop } from './virtual-loop.ts';

const BOTH = READABLE | WRITABLE;

describe('addReader and addWriter', () => {
  it('call in each pass while the descriptor is ready, until removed', () => {
    const { loop, kernel } = virtualLoop();
    const fd = kernel.open(READABLE);
    let calls = 0;
    loop.addReader(fd, (by: number) => (calls += by), 2);
    for (let i = 0; i < 3; i++) onePass(loop);
    expect(calls).toBe(6);
    expect(loop.removeReader(fd)).toBe(true);
    expect(loop.removeReader(fd)).toBe(false);
    onePass(loop);
    expect(calls).toBe(6);
  });

  it('send one change to the kernel for each call: the number may have been closed and opened again', () => {
    const { loop, kernel } = virtualLoop();
    const fd = kernel.open();
    loop.addReader(fd, () => {});
    loop.addReader(fd, () => {});
    loop.addWriter(fd, () => {});
    loop.removeReader(fd);
    loop.removeWriter(fd);
    loop.removeWriter(fd);
    expect(kernel.changes.map(({ before, after }) => [before, after])).toEqual([
      [0, READABLE],
      [READABLE, READABLE],
      [READABLE, BOTH],
      [BOTH, WRITABLE],
      [WRITABLE, 0],
    ]);
  });

  it('replace the callback that was there, whose handle is then cancelled', () => {
    const { loop, kernel } = virtualLoop();
    const fd = kernel.open(BOTH);
    const log: string[] = [];
    const first = loop.addReader(fd, () => log.push('first'));
    loop.addReader(fd, () => log.push('second'));
    loop.addWriter(fd, () => log.push('writer'));
    onePass(loop);
    expect(log).toEqual(['second', 'writer']);
    expect(first.cancelled()).toBe(true);
    loop.removeReader(fd);
    loop.removeWriter(fd);
  });

  it('a reader that was queued is not called any more once it is removed in the same pass', () => {
    const { loop, kernel } = virtualLoop();
    const [a, b] = [kernel.open(READABLE), kernel.open(READABLE)];
    const log: string[] = [];
    loop.addReader(a, () => {
      log.push('a');
      loop.removeReader(b);
    });
    loop.addReader(b, () => log.push('b'));
    onePass(loop);
    expect(log).toEqual(['a']);
    loop.removeReader(a);
  });

  it('a handle that its owner cancelled takes the watch off, so that the loop does not spin', () => {
    const { loop, kernel } = virtualLoop();
    const fd = kernel.open(BOTH);
    loop.addReader(fd, () => {}).cancel();
    loop.addWriter(fd, () => {}).cancel();
    onePass(loop);
    expect(kernel.changes.at(-1)?.after).toBe(0);
    expect(loop.removeReader(fd)).toBe(false);
    expect(loop.removeWriter(fd)).toBe(false);
  });

  it('a callback that fails is reported each time, and stays', () => {
    const { loop, kernel, takeReports } = virtualLoop();
    const fd = kernel.open(READABLE);
    loop.addReader(fd, () => {
      throw new Error('again');
    });
    onePass(loop);
    onePass(loop);
    expect(takeReports()).toHaveLength(2);
    loop.removeReader(fd);
  });

  it('take anything with a fileno(), and refuse what has no descriptor', () => {
    const { loop, kernel } = virtualLoop();
    const file = { fileno: () => fd };
    const fd = kernel.open(READABLE);
    let called = false;
    loop.addReader(file, () => {
      called = true;
    });
    onePass(loop);
    expect(called).toBe(true);
    expect(loop.removeReader(fd)).toBe(true);
    for (const bad of [-1, 1.5, '3', null, undefined, {}, { fileno: () => -1 }]) {
      expect(() => loop.addReader(bad as never, () => {})).toThrow(TypeError);
      expect(() => loop.removeWriter(bad as never)).toThrow(TypeError);
    }
  });

  it('pass on what the kernel refuses, and keep nothing of it', () => {
    const { loop, kernel } = virtualLoop();
    const regular = kernel.open(0, true);
    expect(caught(() => loop.addReader(regular, () => {}))).toMatchObject({ code: 'EPERM' });
    expect(loop.removeReader(regular)).toBe(false);
    expect(caught(() => loop.addReader(77, () => {}))).toMatchObject({ code: 'EBADF' });
    const fd = kernel.open(READABLE);
    loop.addReader(fd, () => {});
    expect(loop.removeReader(fd)).toBe(true);
  });

  it('the number of a descriptor that was removed and closed can be watched again', () => {
    const { loop, kernel } = virtualLoop();
    const fd = kernel.open(READABLE);
    loop.addReader(fd, () => {});
    loop.removeReader(fd);
    kernel.close(fd);
    expect(kernel.open(READABLE)).toBe(fd);
    let called = false;
    loop.addReader(fd, () => {
      called = true;
    });
    onePass(loop);
    expect(called).toBe(true);
    loop.removeReader(fd);
  });
});
