/** Transports for which the loop receives in one call: what happens between that and their turns. */
import { describe, expect, test } from 'vitest';
import type { EventLoop } from '../../../src/index.ts';
import { ECONNRESET } from '../../../src/kernel/errno.ts';
import type { Kernel } from '../../../src/kernel/kernel.ts';
import { SHUT_WR, type Socket } from '../../../src/socket.ts';
import type { Transport } from '../../../src/transports/transport.ts';
import { kernelWith, pair, realLoop } from '../loop/real-loop.ts';
import { Noting, NotingBuffered, settle, until } from './fixtures.ts';

interface Together {
  readonly loop: EventLoop;
  readonly protocols: readonly [Noting, Noting];
  readonly transports: readonly [Transport, Transport];
  readonly peers: readonly [Socket, Socket];
  /** How many sockets each call has received for. */
  readonly calls: number[];
}

/** Two transports; what the test sends to both arrives in one pass. */
function together(change: (requests: Int32Array) => void = () => {}): Together {
  const calls: number[] = [];
  const real = kernelWith({});
  const kernel: Kernel = kernelWith({
    sockets: {
      recvEach: (requests, buffer, offset, room, count, roomMin) => {
        calls.push(count);
        const done = real.sockets.recvEach(requests, buffer, offset, room, count, roomMin);
        change(requests);
        return done;
      },
    },
  });
  const { loop } = realLoop({ kernel });
  const one = (): [Noting, Transport, Socket] => {
    const protocol = new Noting();
    const [mine, peer] = pair(undefined, kernel);
    const [transport] = loop.run(loop.createConnection(() => protocol, { sock: mine }));
    return [protocol, transport, peer];
  };
  const [a, b] = [one(), one()];
  return { loop, protocols: [a[0], b[0]], transports: [a[1], b[1]], peers: [a[2], b[2]], calls };
}

/** Sends to both, and does `act` after the bytes were received and before the transports have their turns. */
function between({ loop, peers, calls }: Together, [first, second]: [string, string], act: () => void): void {
  peers[0].send(Buffer.from(first));
  peers[1].send(Buffer.from(second));
  let callsBefore = -1;
  // Queued before the loop asks for events, so it runs after they were told and before the transports that
  // they queued.
  loop.callSoon(() => {
    callsBefore = calls.length;
    act();
  });
  settle(loop);
  expect(callsBefore).toBe(1);
}

describe('between receiving together and the turn', () => {
  test('nothing: each protocol has its own', () => {
    const world = together();
    between(world, ['for one', 'for two'], () => {
      expect(world.protocols.map(({ received }) => received)).toEqual(['', '']);
    });
    expect(world.calls).toEqual([2]);
    expect(world.protocols.map(({ received }) => received)).toEqual(['for one', 'for two']);
  });

  test('a pause holds what has arrived, and resuming brings it before what comes later', () => {
    const world = together();
    const { loop, transports, protocols, peers } = world;
    between(world, ['one ', 'x'], () => transports[0].pauseReading());
    expect(protocols.map(({ received }) => received)).toEqual(['', 'x']);
    peers[0].send(Buffer.from('two'));
    settle(loop);
    expect(protocols[0].received).toBe('');
    transports[0].resumeReading();
    until(loop, () => protocols[0].received === 'one two');
  });

  test('a pause and its end change nothing', () => {
    const world = together();
    const { loop, transports, protocols } = world;
    between(world, ['one', 'x'], () => {
      transports[0].pauseReading();
      transports[0].resumeReading();
    });
    until(loop, () => protocols[0].received === 'one');
    expect(protocols[0].calls).toEqual(['made', 'data']);
  });

  test('another protocol gets it, through its buffer and all of it, and may pause on the way', () => {
    const world = together();
    const { loop, transports, protocols } = world;
    class PausingBuffered extends NotingBuffered {
      override bufferUpdated(byteCount: number): void {
        super.bufferUpdated(byteCount);
        if (this.received.length === 20) transports[0].pauseReading();
      }
    }
    const second = new PausingBuffered();
    between(world, ['abcdefghijklmnopqrstuvwxyz', 'x'], () => transports[0].setProtocol(second));
    expect(second.received).toBe('abcdefghijklmnopqrst');
    transports[0].resumeReading();
    until(loop, () => second.received === 'abcdefghijklmnopqrstuvwxyz');
    expect(second.calls.filter((call) => call.startsWith('updated'))).toEqual([
      'updated 10',
      'updated 10',
      'updated 6',
    ]);
    expect(protocols[0].received).toBe('');
  });

  test.each(['close', 'abort'] as const)('%s drops it', (call) => {
    const world = together();
    between(world, ['late', 'x'], () => world.transports[0][call]());
    expect(world.protocols[0].calls).toEqual(['made', 'lost']);
    expect(world.protocols[1].received).toBe('x');
  });
});

describe('received together', () => {
  test('an error, which the system tells once, ends its own connection only', () => {
    const world = together((requests) => {
      requests[1] = -ECONNRESET;
    });
    const { loop, protocols, peers } = world;
    peers[0].shutdown(SHUT_WR);
    peers[1].send(Buffer.from('x'));
    until(loop, () => protocols[0].lostWith !== undefined);
    expect(protocols[0].lostWith).toMatchObject({ code: 'ECONNRESET', syscall: 'recv' });
    expect(protocols[1].received).toBe('x');
    expect(world.calls).toEqual([2]);
  });

  test('an error waits for the end of a pause', () => {
    const world = together((requests) => {
      requests[1] = -ECONNRESET;
    });
    const { loop, protocols, peers, transports } = world;
    peers[0].shutdown(SHUT_WR);
    peers[1].send(Buffer.from('x'));
    loop.callSoon(() => transports[0].pauseReading());
    until(loop, () => protocols[1].received === 'x');
    settle(loop);
    expect(protocols[0].calls).toEqual(['made']);
    transports[0].resumeReading();
    until(loop, () => protocols[0].lostWith !== undefined);
    expect(protocols[0].lostWith).toMatchObject({ code: 'ECONNRESET' });
  });

  test('the end of the stream is told once', () => {
    const world = together();
    const { loop, protocols, peers } = world;
    for (const peer of peers) peer.shutdown(SHUT_WR);
    until(loop, () => protocols.every(({ lostWith }) => lostWith === null));
    expect(protocols.map(({ calls }) => calls)).toEqual([
      ['made', 'eof', 'lost'],
      ['made', 'eof', 'lost'],
    ]);
  });
});
