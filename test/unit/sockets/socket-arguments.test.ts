import { beforeEach, describe, expect, test } from 'vitest';

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

describe('what callers pass', () => {
  test.each([
    ['byteCount', () => sock.recv(-1), RangeError],
    ['byteCount', () => sock.recv(1.5), RangeError],
    ['byteCount', () => sock.recv('1' as unknown as number), TypeError],
    ['flags', () => sock.recv(1, Number.NaN), RangeError],
    ['byteCount from 0 to 4', () => sock.recvInto(Buffer.alloc(4), 5), RangeError],
    ['Uint8Array as buffer', () => sock.recvInto([] as unknown as Uint8Array), TypeError],
    [
      'Uint8Array as data',
      () => sock.send(new DataView(new ArrayBuffer(1)) as unknown as Uint8Array),
      TypeError,
    ],
    ['write Buffer.from(text)', () => sock.sendall('text' as unknown as Uint8Array), TypeError],
    ['how', () => sock.shutdown(undefined as unknown as number), TypeError],
    ['backlog', () => sock.listen(2 ** 31), RangeError],
    [
      'a constant that this system does not have',
      () => sock.setsockopt(1, undefined as unknown as number, 1),
      TypeError,
    ],
    ['value', () => sock.setsockopt(1, 1, true as unknown as number), TypeError],
    ['value', () => sock.setsockopt(1, 1, 2 ** 31), RangeError],
    ['byteCount from 0 to 1024', () => sock.getsockopt(1, 1, 1025), RangeError],
    ['milliseconds', () => sock.settimeout(-1), RangeError],
    ['milliseconds', () => sock.settimeout(Number.POSITIVE_INFINITY), RangeError],
    ['milliseconds', () => sock.settimeout('5' as unknown as number), TypeError],
  ])('%s', (words, action, kind) => {
    const log = logOf(() => {
      expect(action).toThrow(kind);
      expect(action).toThrow(words);
    });
    expect(log).toEqual([]);
  });

  test('time-outs and modes are two views of one thing', () => {
    const seen = [null, 0, 12.5].map((timeoutMs) => {
      sock.settimeout(timeoutMs);
      return [sock.gettimeout(), sock.getblocking()];
    });
    expect(seen).toEqual([
      [null, true],
      [0, false],
      [12.5, true],
    ]);
    sock.setblocking(true);
    expect(sock.gettimeout()).toBeNull();
  });
});
