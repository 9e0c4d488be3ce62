/** The blocking driver: how it waits. */
import { describe, expect, it } from 'vitest';
import { virtualLoop } from '../loop/virtual-loop.ts';

describe('a wait', () => {
  it('is one system call up to 250 ms, and slices of that above', () => {
    const { loop, kernel } = virtualLoop();
    loop.callLater(200, () => {});
    loop.callLater(200 + 900, () => loop.stop());
    loop.runForever();
    expect(kernel.waits.filter((timeoutMs) => timeoutMs > 0)).toEqual([200, 250, 250, 250, 150]);
  });

  it('ends with the event, in whichever slice that comes', () => {
    const { loop, kernel } = virtualLoop();
    const fd = kernel.open();
    const startMs = loop.time();
    kernel.after(610, () => kernel.setReady(fd, 1));
    loop.addReader(fd, () => loop.stop());
    loop.runForever();
    expect(loop.time() - startMs).toBe(610);
    expect(kernel.waits).toEqual([250, 250, 250]);
    loop.removeReader(fd);
  });

  it('of an hour is made of slices too, and ends on time', () => {
    const { loop, kernel } = virtualLoop();
    const startMs = loop.time();
    loop.callLater(3_600_000, () => loop.stop());
    loop.runForever();
    expect(loop.time() - startMs).toBe(3_600_000);
    expect(kernel.waits.length).toBe(3_600_000 / 250);
  });

  it('that the system refuses ends the run with its error', () => {
    const { loop, kernel } = virtualLoop();
    loop.callSoon(() => kernel.pollers[0]?.close());
    loop.callLater(10, () => {});
    expect(() => loop.runForever()).toThrow('EBADF');
    expect(loop.isRunning()).toBe(false);
  });
});
