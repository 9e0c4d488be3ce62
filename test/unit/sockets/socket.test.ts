import { inspect } from 'node:util';
import { beforeEach, describe, expect, test } from 'vitest';
import { ADDRESS_RECORD_BYTES, decodePacked } from '../../../src/addresses/address.ts';
import { BlockingIOError, TimeoutError } from '../../../src/base/errors.ts';
import {
  EAGAIN,
  EBADF,
  ECONNREFUSED,
  EINPROGRESS,
  EIO,
  EISCONN,
  ENOTSOCK,
} from '../../../src/kernel/errno.ts';
import { acceptedSocket, Socket } from '../../../src/sockets/socket.ts';
import { ScriptedKernel } from './scripted-kernel.ts';

let kernel: ScriptedKernel;
let sock: Socket;

beforeEach(() => {
  kernel = new ScriptedKernel();
  sock = new Socket(kernel.constants.AF_INET, kernel.constants.SOCK_STREAM, 0, { kernel });
});

/** What was done since, without what came before. */
function logOf(action: () => void): string[] {
  const from = kernel.log.length;
  action();
  return kernel.log.slice(from);
}

function waitsIn(log: readonly string[]): string[] {
  return log.filter((line) => line.startsWith('wait'));
}

describe('a blocking call', () => {
  test('does not wait when the first attempt succeeds', () => {
    kernel.answers.recv = [3];
    expect(logOf(() => sock.recv(10))).toEqual(['recv 7 0 10 0']);
  });

  test('waits in slices of 250 ms for as long as it takes', () => {
    kernel.answers.recv = [-EAGAIN, 5];
    kernel.waits.push({ takesMs: 1000, ready: 1 }, { takesMs: 1000, ready: 1 }, { takesMs: 10, ready: 1 });
    expect(logOf(() => expect(sock.recv(10).length).toBe(5))).toEqual([
      'recv 7 0 10 0',
      'wait 1 250',
      'wait 1 250',
      'wait 1 250',
      'recv 7 0 10 0',
    ]);
  });

  test('goes on with the time that remains when a signal interrupts', () => {
    sock.settimeout(400);
    kernel.answers.recv = [-EAGAIN];
    kernel.waits.push({ takesMs: 100, ready: 0 }, { takesMs: 30.5, ready: 0 });
    const log = logOf(() => expect(() => sock.recv(10)).toThrow(TimeoutError));
    expect(waitsIn(log)).toEqual(['wait 1 250', 'wait 1 250', 'wait 1 250', 'wait 1 19.5', 'wait 1 0']);
    expect(kernel.nowMs()).toBe(5400);
  });

  test('goes on with the time that remains when the readiness was false', () => {
    sock.settimeout(100);
    kernel.answers.send = [-EAGAIN, -EAGAIN, -EAGAIN, 4];
    const notReady = { takesMs: 0, ready: 0 };
    kernel.waits.push({ takesMs: 40, ready: 2 }, notReady, { takesMs: 40, ready: 2 }, notReady);
    kernel.waits.push({ takesMs: 0, ready: 2 });
    const log = logOf(() => expect(sock.send(Buffer.alloc(4))).toBe(4));
    expect(waitsIn(log)).toEqual(['wait 2 100', 'wait 2 0', 'wait 2 60', 'wait 2 0', 'wait 2 20']);
  });

  test('pauses, and ends in time, where readiness says nothing', () => {
    sock.settimeout(100);
    kernel.answers.send = Array(100).fill(-EAGAIN);
    for (let i = 0; i < 100; i++) kernel.waits.push({ takesMs: 0, ready: 2 });
    const log = logOf(() => expect(() => sock.send(Buffer.alloc(4))).toThrow(TimeoutError));
    const pauses = log.filter((line) => line.startsWith('pause'));
    expect(pauses).toEqual(['pause 1', 'pause 2', 'pause 4', 'pause 8', 'pause 16', 'pause 32', 'pause 37']);
    expect(kernel.nowMs()).toBe(5100);
  });

  test('looks once more when the time is up: ready in the last moment is not late', () => {
    sock.settimeout(100);
    kernel.answers.recv = [-EAGAIN, 1];
    kernel.waits.push({ takesMs: 100, ready: 0 }, { takesMs: 0, ready: 1 });
    expect(sock.recv(1).length).toBe(1);
  });

  test('does not wait at all with time-out 0', () => {
    sock.setblocking(false);
    kernel.answers.recv = [-EAGAIN];
    const log = logOf(() => expect(() => sock.recv(10)).toThrow(BlockingIOError));
    expect(log).toEqual(['recv 7 0 10 0']);
  });

  test('raises what the wait itself says', () => {
    kernel.answers.recv = [-EAGAIN];
    kernel.waits.push({ takesMs: 0, ready: -EBADF });
    expect(() => sock.recv(10)).toThrow('poll EBADF fd 7');
  });
});

describe('sendall', () => {
  test('sends the rest of each short write, with one deadline for all', () => {
    sock.settimeout(100);
    kernel.answers.send = [4, -EAGAIN, 3, -EAGAIN, 3];
    kernel.waits.push({ takesMs: 60, ready: 2 }, { takesMs: 30, ready: 2 });
    expect(logOf(() => sock.sendall(Buffer.alloc(10)))).toEqual([
      'send 7 0 10 0',
      'send 7 4 6 0',
      'wait 2 100',
      'send 7 4 6 0',
      'send 7 7 3 0',
      'wait 2 40',
      'send 7 7 3 0',
    ]);
  });

  test('says how far it came', () => {
    sock.settimeout(100);
    kernel.answers.send = [4, -EAGAIN];
    expect(() => sock.sendall(Buffer.alloc(10))).toThrow(
      /^sendall timed out after 100 ms, 4 of 10 bytes sent/,
    );
  });

  test('sends nothing once: an empty datagram is one', () => {
    expect(logOf(() => sock.sendall(Buffer.alloc(0)))).toEqual(['send 7 0 0 0']);
  });
});

describe('connect', () => {
  test('waits for the end of the attempt and reads how it ended', () => {
    kernel.answers.connect = [-EINPROGRESS];
    kernel.waits.push({ takesMs: 10, ready: 2 });
    sock.connect(['127.0.0.1', 1]);
    kernel.answers.connect = [-EINPROGRESS];
    kernel.waits.push({ takesMs: 10, ready: 2 });
    kernel.soError = ECONNREFUSED;
    expect(() => sock.connect(['127.0.0.1', 1])).toThrow(
      'connect ECONNREFUSED 127.0.0.1:1 (connection refused)',
    );
  });

  test('gives up after its time', () => {
    sock.settimeout(30);
    kernel.answers.connect = [-EINPROGRESS, -EINPROGRESS];
    expect(() => sock.connect(['127.0.0.1', 1])).toThrow(TimeoutError);
    expect(sock.connectEx(['127.0.0.1', 1])).toBe(EAGAIN);
  });

  test('does not wait with time-out 0', () => {
    sock.setblocking(false);
    kernel.answers.connect = [-EINPROGRESS, -EINPROGRESS, -EISCONN];
    expect(() => sock.connect(['127.0.0.1', 1])).toThrow(BlockingIOError);
    expect(sock.connectEx(['127.0.0.1', 1])).toBe(EINPROGRESS);
    expect(sock.connectEx(['127.0.0.1', 1])).toBe(EISCONN);
  });

  test('asks again, ever more slowly, where a unix socket’s backlog is full', () => {
    const client = new Socket(kernel.constants.AF_UNIX, 1, 0, { kernel });
    kernel.answers.connect = [...new Array<number>(8).fill(-EAGAIN), 0];
    const log = logOf(() => client.connect('/tmp/x'));
    expect(log.filter((line) => line.startsWith('pause'))).toEqual(
      [1, 2, 4, 8, 16, 32, 50, 50].map((ms) => `pause ${ms}`),
    );
    expect(log.filter((line) => line === 'closePoller').length).toBe(8);
  });

  test('gives up asking after its time', () => {
    const client = new Socket(kernel.constants.AF_UNIX, 1, 0, { kernel });
    client.settimeout(10);
    kernel.answers.connect = new Array<number>(20).fill(-EAGAIN);
    expect(() => client.connect('/tmp/x')).toThrow(TimeoutError);
    expect(kernel.nowMs()).toBe(5010);
  });
});

describe('making one', () => {
  test('a refusal of the system is raised', () => {
    kernel.answers.socket = [-EIO];
    expect(() => new Socket(2, 1, 0, { kernel })).toThrow('socket EIO');
  });

  test('a descriptor that is taken over is asked what it is, and made non-blocking', () => {
    const log = logOf(() => {
      const taken = new Socket(undefined, undefined, undefined, { fileno: 20, kernel });
      expect([taken.family, taken.type, taken.proto, taken.fileno()]).toEqual([2, 1, 0, 20]);
    });
    expect(log).toEqual(['setNonblocking 20', 'adopt 20']);
  });

  test('a descriptor that is no socket is refused', () => {
    kernel.sockets.getsockname = () => -ENOTSOCK;
    expect(() => new Socket(2, 1, 0, { fileno: 20, kernel })).toThrow('getsockname ENOTSOCK fd 20');
  });

  test.each([-1, 1.5, Number.NaN, '7', null])('fileno %o is refused', (fileno) => {
    expect(() => new Socket(2, 1, 0, { fileno: fileno as number, kernel })).toThrow(
      /^Socket: expected .* fileno/,
    );
  });

  test('an accepted one costs no system call, and knows its peer for ever', () => {
    const record = new Uint8Array(ADDRESS_RECORD_BYTES);
    kernel.sockets.getsockname(0, record);
    const log = logOf(() => {
      const accepted = acceptedSocket(sock, 9, record);
      record.fill(0);
      expect([accepted.fd, accepted.family, accepted.gettimeout()]).toEqual([9, 2, 0]);
      expect(decodePacked(kernel.constants, accepted.peerRecord ?? '')).toEqual(['10.0.0.9', 99]);
      expect(sock.peerRecord).toBeNull();
    });
    expect(log).toEqual([]);
  });

  test('an accepted one is blocking, whatever the listener is', () => {
    sock.settimeout(50);
    kernel.answers.accept = [9];
    const [accepted, address] = sock.accept();
    expect([accepted.gettimeout(), address]).toEqual([null, ['10.0.0.9', 99]]);
  });

  test('all of them have one shape', () => {
    const record = new Uint8Array(ADDRESS_RECORD_BYTES);
    kernel.sockets.getsockname(0, record);
    const taken = new Socket(undefined, undefined, undefined, { fileno: 20, kernel });
    const keys = Object.keys(sock);
    expect(Object.keys(taken)).toEqual(keys);
    expect(Object.keys(acceptedSocket(sock, 9, record))).toEqual(keys);
    sock.close();
    expect(Object.keys(sock)).toEqual(keys);
  });
});

test('describes itself in any state', () => {
  kernel.sockets.getpeername = () => -EIO;
  expect(`${sock}`).toBe('<Socket fd=7 AF_INET SOCK_STREAM 10.0.0.9:99>');
  expect(inspect({ sock })).toBe('{ sock: <Socket fd=7 AF_INET SOCK_STREAM 10.0.0.9:99> }');
  sock.close();
  expect(`${sock}`).toBe('<Socket closed AF_INET SOCK_STREAM>');
  expect(`${new Socket(99, 98, 0, { kernel })}`).toMatch(/^<Socket fd=7 AF_99 SOCK_98/);
});
