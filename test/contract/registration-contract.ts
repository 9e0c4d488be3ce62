/**
 * The part of the poller contract that needs no operating system: tokens, levels, repairs. Every poller keeps
 * it, also those of fake and simulated kernels.
 */
import { describe, expect, it } from 'vitest';
import { EBADF } from '../../src/kernel/errno.ts';
import { type Poller, READABLE, WRITABLE } from '../../src/kernel/kernel.ts';
import { numbersAreOurs } from '../support/fd-leaks.ts';

const BOTH = READABLE | WRITABLE;

/** One poller and a world for it. */
export interface Subject {
  readonly poller: Poller;
  /**
   * A new descriptor that is readable and not writable until it is closed. The lowest free number, as POSIX
   * has it.
   */
  openReadable(): number;
  /** A new descriptor that is neither. */
  openIdle(): number;
  /** Another descriptor of the same open file. */
  dup(fd: number): number;
  close(fd: number): void;
}

/** What a wait reported: `[token, ready]`, by token. */
export function waitFor(poller: Poller, timeoutMs: number, capacity = 64): [number, number][] {
  const events = new Int32Array(2 * capacity);
  const count = poller.wait(events, timeoutMs);
  if (count < 0) throw new Error(`wait returned ${count}`);
  const pairs = Array.from({ length: count }, (_, i): [number, number] => [
    events[2 * i] as number,
    events[2 * i + 1] as number,
  ]);
  return pairs.toSorted(([a], [b]) => a - b);
}

/** Declares the tests for one implementation. `open` is called once in each test. */
export function describeRegistrations(name: string, open: () => Subject): void {
  describe(`${name}: registrations`, () => {
    it('are level-triggered: reported by each wait as long as it lasts', () => {
      const { poller, openReadable } = open();
      expect(poller.set(openReadable(), 0, READABLE, 7)).toBe(0);
      for (let i = 0; i < 3; i += 1) expect(waitFor(poller, 0)).toEqual([[7, READABLE]]);
    });

    it('report nothing that was not asked for', () => {
      const { poller, openReadable } = open();
      const fd = openReadable();
      poller.set(fd, 0, WRITABLE, 7);
      expect(waitFor(poller, 0)).toEqual([]);
      poller.set(fd, WRITABLE, BOTH, 7);
      expect(waitFor(poller, 0)).toEqual([[7, READABLE]]);
    });

    it('end with interest 0, once or twice, and may begin again', () => {
      const { poller, openReadable } = open();
      const fd = openReadable();
      poller.set(fd, 0, READABLE, 7);
      expect(poller.set(fd, READABLE, 0, 7)).toBe(0);
      expect(poller.set(fd, READABLE, 0, 7)).toBe(0);
      expect(poller.set(fd, 0, 0, 7)).toBe(0);
      expect(waitFor(poller, 0)).toEqual([]);
      expect(poller.set(fd, 0, READABLE, 8)).toBe(0);
      expect(waitFor(poller, 0)).toEqual([[8, READABLE]]);
    });

    it('get another token when told one, with the same interest or another', () => {
      const { poller, openReadable } = open();
      const fd = openReadable();
      poller.set(fd, 0, READABLE, 7);
      expect(poller.set(fd, READABLE, READABLE, 8)).toBe(0);
      expect(waitFor(poller, 0)).toEqual([[8, READABLE]]);
      expect(poller.set(fd, READABLE, BOTH, 9)).toBe(0);
      expect(waitFor(poller, 0)).toEqual([[9, READABLE]]);
    });

    it('carry tokens from 0 to 2^31-1', () => {
      const { poller, openReadable } = open();
      const tokens = [0, 1, 2 ** 30, 2 ** 31 - 1];
      for (const token of tokens) expect(poller.set(openReadable(), 0, READABLE, token)).toBe(0);
      expect(waitFor(poller, 0)).toEqual(tokens.map((token) => [token, READABLE]));
    });

    it('repair themselves: an addition that exists changes, a change of what is missing adds', () => {
      const { poller, openReadable } = open();
      const fd = openReadable();
      poller.set(fd, 0, WRITABLE, 1);
      expect(poller.set(fd, 0, READABLE, 2)).toBe(0);
      expect(waitFor(poller, 0)).toEqual([[2, READABLE]]);
      const other = openReadable();
      expect(poller.set(other, WRITABLE, READABLE, 3)).toBe(0);
      expect(poller.set(other, READABLE, READABLE, 4)).toBe(0);
      expect(waitFor(poller, 0)).toEqual([
        [2, READABLE],
        [4, READABLE],
      ]);
    });

    it.runIf(numbersAreOurs)('of the dead cannot be changed, but can always be ended', () => {
      const { poller, openReadable, close } = open();
      const fd = openReadable();
      poller.set(fd, 0, READABLE, 7);
      close(fd);
      expect(poller.set(fd, READABLE, BOTH, 7)).toBe(-EBADF);
      expect(poller.set(fd, 0, READABLE, 7)).toBe(-EBADF);
      expect(poller.set(fd, READABLE, 0, 7)).toBe(0);
      expect(waitFor(poller, 0)).toEqual([]);
    });

    it.runIf(numbersAreOurs)('that were ended properly leave nothing to whoever gets the number next', () => {
      const { poller, openReadable, close } = open();
      const fd = openReadable();
      poller.set(fd, 0, READABLE, 7);
      poller.set(fd, READABLE, 0, 7);
      close(fd);
      expect(openReadable()).toBe(fd);
      expect(waitFor(poller, 0)).toEqual([]);
      poller.set(fd, 0, READABLE, 8);
      expect(waitFor(poller, 0)).toEqual([[8, READABLE]]);
    });

    it.runIf(numbersAreOurs)(
      'that were forgotten end with their file, at the latest at the next wait',
      () => {
        const { poller, openReadable, close } = open();
        const fd = openReadable();
        poller.set(fd, 0, READABLE, 7);
        close(fd);
        expect(waitFor(poller, 0)).toEqual([]);
        expect(openReadable()).toBe(fd);
        expect(waitFor(poller, 0)).toEqual([]);
        // Whoever registers the new one may believe that the old one is still there, or not.
        expect(poller.set(fd, READABLE, READABLE, 8)).toBe(0);
        expect(waitFor(poller, 0)).toEqual([[8, READABLE]]);
        expect(poller.set(fd, READABLE, 0, 8)).toBe(0);
        expect(waitFor(poller, 0)).toEqual([]);
      },
    );

    it.runIf(numbersAreOurs)(
      'that were forgotten, with the number in use again before any wait, give way to the next one',
      () => {
        const { poller, openReadable, close } = open();
        const fd = openReadable();
        poller.set(fd, 0, READABLE, 7);
        close(fd);
        expect(openReadable()).toBe(fd);
        expect(poller.set(fd, 0, READABLE, 8)).toBe(0);
        expect(waitFor(poller, 0)).toEqual([[8, READABLE]]);
      },
    );

    it('are one per descriptor: duplicates are apart', () => {
      const { poller, openReadable, dup } = open();
      const fd = openReadable();
      const other = dup(fd);
      poller.set(fd, 0, READABLE, 1);
      poller.set(other, 0, READABLE, 2);
      expect(waitFor(poller, 0)).toEqual([
        [1, READABLE],
        [2, READABLE],
      ]);
      poller.set(fd, READABLE, 0, 1);
      expect(waitFor(poller, 0)).toEqual([[2, READABLE]]);
    });
  });

  describe(`${name}: the caller's buffer`, () => {
    it('of one pair sees every ready descriptor in turn', () => {
      const { poller, openReadable, openIdle } = open();
      const tokens = [11, 22, 33, 44, 55];
      for (const token of tokens) {
        poller.set(openReadable(), 0, READABLE, token);
        poller.set(openIdle(), 0, READABLE, 1000 + token);
      }
      for (let round = 0; round < 3; round += 1) {
        const seen = tokens.map(() => waitFor(poller, 0, 1)[0]?.[0]);
        expect(new Set(seen)).toEqual(new Set(tokens));
      }
    });

    it.skipIf(name === 'kqueue' && process.platform === 'linux')(
      'of 1,024 pairs is filled when more are ready, and the others come next',
      () => {
        const { poller, openReadable, dup } = open();
        const first = openReadable();
        poller.set(first, 0, READABLE, 0);
        for (let token = 1; token < 1500; token += 1) poller.set(dup(first), 0, READABLE, token);
        const before = waitFor(poller, 0, 1024);
        expect(before).toHaveLength(1024);
        const after = waitFor(poller, 0, 1024);
        expect(new Set([...before, ...after].map(([token]) => token)).size).toBe(1500);
        expect(waitFor(poller, 0, 1500)).toHaveLength(1500);
      },
    );

    it('is left alone behind the last pair', () => {
      const { poller, openReadable } = open();
      poller.set(openReadable(), 0, READABLE, 7);
      const events = new Int32Array([-1, -1, -1, -1]);
      expect(poller.wait(events, 0)).toBe(1);
      expect([...events]).toEqual([7, READABLE, -1, -1]);
    });
  });

  describe(`${name}: close`, () => {
    it('twice is harmless, and every call afterwards is EBADF', () => {
      const { poller, openReadable } = open();
      const fd = openReadable();
      poller.set(fd, 0, READABLE, 7);
      poller.close();
      poller.close();
      expect(poller.set(fd, READABLE, 0, 7)).toBe(-EBADF);
      expect(poller.set(fd, 0, READABLE, 7)).toBe(-EBADF);
      expect(poller.wait(new Int32Array(2), 0)).toBe(-EBADF);
      expect(poller.wait(new Int32Array(2), -1)).toBe(-EBADF);
      expect(poller.pollableFd()).toBeLessThan(0);
    });

    it('leaves the descriptors open', () => {
      const { poller, openReadable, close } = open();
      const fd = openReadable();
      poller.set(fd, 0, READABLE, 7);
      poller.close();
      expect(() => close(fd)).not.toThrow();
    });
  });
}
