/** Transports whose writes the loop sends in one call: what becomes of what the kernel does not take. */
import { describe, expect, test } from 'vitest';
import type { EventLoop } from '../../../src/index.ts';
import { EAGAIN, ECONNRESET, EPIPE } from '../../../src/kernel/errno.ts';
import { kernelWith } from '../loop/real-loop.ts';
import { drainPeer, shrinkSendBuffer, until } from './fixtures.ts';
import { both, bytes, text, type World, world } from './sending-world.ts';

describe('what the kernel does not take whole', () => {
  test('is queued, in order, and later writes go behind it', () => {
    const taken = new Map([['first', 3]]);
    const all: World = world({
      answer: (fd) => {
        const count = fd === all.sockets[0].fd ? taken.get('first') : undefined;
        taken.delete('first');
        return count ?? null;
      },
    });
    const [one, two] = all.transports;
    both(
      all,
      () => one.write(bytes('abcdef')),
      () => {
        two.write(bytes('x'));
        two.writeLines([bytes('y')]);
        one.write(bytes('ghi'));
      },
    );
    expect(text(all.peers[0])).toBe('abcdefghi');
    expect(text(all.peers[1])).toBe('xy');
  });

  test('waits for room where there is none, and counts as unsent', () => {
    const all = world({ answer: (_, index) => (index === 0 ? -EAGAIN : null) });
    const [one, two] = all.transports;
    const scratch = bytes('later');
    let unsent = 0;
    both(
      all,
      () => one.write(scratch),
      () => {
        two.write(bytes('now'));
        unsent = one.getWriteBufferSize();
        scratch.fill('-');
      },
    );
    expect(unsent).toBe(5);
    until(all.loop, () => one.getWriteBufferSize() === 0);
    expect(all.peers.map(text)).toEqual(['later', 'now']);
  });

  test.each([EPIPE, ECONNRESET])('an error (%d) ends the one it belongs to, and no other', (errno) => {
    const all = world({ answer: (_, index) => (index === 0 ? -errno : null) });
    const [one, two] = all.transports;
    both(
      all,
      () => one.write(bytes('lost')),
      () => two.write(bytes('kept')),
    );
    expect(one.isClosing()).toBe(true);
    expect(two.isClosing()).toBe(false);
    expect(text(all.peers[1])).toBe('kept');
    all.peers[0].close();
    until(all.loop, () => all.protocols[0].calls.at(-1) === 'lost');
    expect(all.protocols[0].lostWith).toMatchObject({ errno: -errno, syscall: 'send' });
  });

  test('an error of what was written before close() is what the end is told with', () => {
    const all = world({ answer: () => -EPIPE });
    both(all, () => {
      all.transports[0].write(bytes('lost'));
      all.transports[0].close();
    });
    expect(all.protocols[0].calls).toEqual(['made', 'data', 'lost']);
    expect(all.protocols[0].lostWith).toMatchObject({ errno: -EPIPE });
  });

  test('a socket that is really full holds up nobody else', () => {
    const all = world();
    const [one, two] = all.transports;
    shrinkSendBuffer(all.sockets[0]);
    one.write(Buffer.alloc(1 << 20));
    const full = one.getWriteBufferSize();
    expect(full).toBeGreaterThan(0);
    both(
      all,
      () => one.write(bytes('end')),
      () => two.write(bytes('other')),
    );
    expect(text(all.peers[1])).toBe('other');
    expect(one.getWriteBufferSize()).toBe(full + 3);
  });
});

describe('a protocol that wants to know at once', () => {
  test('is paused in its write when it has set a mark below what is collected', () => {
    const all = world();
    const [one] = all.transports;
    shrinkSendBuffer(all.sockets[0]);
    one.setWriteBufferLimits({ high: 0 });
    const calls: (string | undefined)[] = [];
    both(all, () => {
      for (let i = 0; i < 1000 && all.protocols[0].calls.at(-1) !== 'pause'; i++)
        one.write(Buffer.alloc(4000));
      calls.push(all.protocols[0].calls.at(-1));
    });
    expect(calls).toEqual(['pause']);
  });

  test('instruments are told of each socket’s send', () => {
    const all = world();
    const told: unknown[] = [];
    all.loop.addInstrument({
      ioCall: (call, fd, result) => call === 'send' && told.push([fd, result]),
    } as Parameters<EventLoop['addInstrument']>[0]);
    const fds = all.sockets.map(({ fd }) => fd);
    both(
      all,
      () => all.transports[0].write(bytes('abc')),
      () => all.transports[1].write(bytes('de')),
    );
    expect(told).toEqual([
      [fds[0], 3],
      [fds[1], 2],
    ]);
  });
});

describe('an answer waits behind long callbacks only once', () => {
  test('after a batch that took long, writes are sent at once for a while', () => {
    let clockMs = 0;
    const { nowMs } = kernelWith({});
    const all = world({ nowMs: () => nowMs() + clockMs });
    const [one] = all.transports;
    const seen: string[] = [];
    const round = (): void =>
      both(
        all,
        () => one.write(bytes('.')),
        () => {
          seen.push(text(all.peers[0]));
          clockMs += 20;
        },
      );
    for (let i = 0; i < 3; i++) {
      round();
      drainPeer(all.peers[0]);
    }
    expect(seen).toEqual(['', '.', '.']);
    for (let i = 0; i < 70; i++) both(all, () => {});
    round();
    expect(seen.at(-1)).toBe('');
  });
});
