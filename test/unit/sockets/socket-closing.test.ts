import { beforeEach, describe, expect, test } from 'vitest';

import { OSError } from '../../../src/base/errors.ts';
import { EBADF, ECONNRESET, EIO } from '../../../src/kernel/errno.ts';
import { Socket } from '../../../src/sockets/socket.ts';
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

const flushSends = (): void => {};

describe('closing', () => {
  test('twice is harmless', () => {
    expect(
      logOf(() => {
        sock.close();
        sock.close();
        sock[Symbol.dispose]();
      }),
    ).toEqual(['close 7']);
    expect([sock.closed, sock.fileno(), sock.detach()]).toEqual([true, -1, -1]);
  });

  test('tells the watcher first, while the descriptor is open, and once', () => {
    const told: number[] = [];
    sock.watcher = { flushSends, socketClosing: (closing) => told.push(closing.fd) };
    sock.close();
    sock.close();
    expect(told).toEqual([7]);
    expect(sock.watcher).toBeNull();
  });

  test('detach tells the watcher too, and does not close', () => {
    const told: number[] = [];
    sock.watcher = { flushSends, socketClosing: (closing) => told.push(closing.fd) };
    expect(logOf(() => expect(sock.detach()).toBe(7))).toEqual(['release 7']);
    expect(told).toEqual([7]);
    expect(sock.closed).toBe(true);
  });

  test('a watcher that closes the socket itself does not make it close twice', () => {
    sock.watcher = { flushSends, socketClosing: (closing) => closing.close() };
    expect(logOf(() => sock.close())).toEqual(['close 7']);
  });

  test('a watcher that throws does not keep the descriptor open', () => {
    sock.watcher = {
      flushSends,
      socketClosing: () => {
        throw new Error('from the watcher');
      },
    };
    expect(logOf(() => expect(() => sock.close()).toThrow('from the watcher'))).toEqual(['close 7']);
    expect(sock.closed).toBe(true);
  });

  test('raises the system’s error, except a reset: the descriptor is gone either way', () => {
    kernel.answers.close = [-ECONNRESET];
    sock.close();
    const other = new Socket(2, 1, 0, { kernel });
    kernel.answers.close = [-EIO];
    expect(() => other.close()).toThrow('close EIO fd 7');
    expect(other.closed).toBe(true);
  });

  test.each([
    ['bind', () => sock.bind(['', 0])],
    ['listen', () => sock.listen()],
    ['accept', () => sock.accept()],
    ['connect', () => sock.connect(['', 0])],
    ['connectEx', () => sock.connectEx(['', 0])],
    ['recv', () => sock.recv(1)],
    ['recvInto', () => sock.recvInto(Buffer.alloc(1))],
    ['send', () => sock.send(Buffer.alloc(1))],
    ['sendall', () => sock.sendall(Buffer.alloc(1))],
    ['shutdown', () => sock.shutdown(0)],
    ['getsockname', () => sock.getsockname()],
    ['getpeername', () => sock.getpeername()],
    ['getsockopt', () => sock.getsockopt(1, 1)],
    ['setsockopt', () => sock.setsockopt(1, 1, 1)],
    ['settimeout', () => sock.setblocking(false)],
    ['dup', () => sock.dup()],
  ])('%s on a closed socket is EBADF and reaches no system call', (name, action) => {
    sock.close();
    const log = logOf(() => {
      expect(action).toThrow(OSError);
      expect(action).toThrow(`${name} EBADF (the socket is closed)`);
      expect(action).toThrow(expect.objectContaining({ code: 'EBADF', errno: -EBADF, syscall: name }));
    });
    expect(log).toEqual([]);
  });
});
