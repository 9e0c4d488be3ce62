import { describe, expect, test } from 'vitest';

import { AF_INET, SOCK_DGRAM, type Socket } from '../../../src/socket.ts';
import { failOnFdLeaks } from '../../support/fd-leaks.ts';
import { errorOf, newSocket } from './fixtures.ts';

failOnFdLeaks();

function udp(): Socket {
  const sock = newSocket(AF_INET, SOCK_DGRAM);
  sock.bind(['127.0.0.1', 0]);
  return sock;
}

describe('bad input', () => {
  const calls: readonly (readonly [string, (sock: Socket) => unknown, RegExp])[] = [
    ['recvfrom(-1)', (sock) => sock.recvfrom(-1), /^RangeError: Socket\.recvfrom: expected a byteCount/],
    ['recvfrom(NaN)', (sock) => sock.recvfrom(Number.NaN), /^RangeError: Socket\.recvfrom/],
    ['recvfrom(1, "x")', (sock) => sock.recvfrom(1, 'x' as never), /^TypeError: Socket\.recvfrom: .*flags/],
    ['recvfromInto(text)', (sock) => sock.recvfromInto('x' as never), /^TypeError: Socket\.recvfromInto/],
    ['recvfromInto(…, 9)', (sock) => sock.recvfromInto(Buffer.alloc(8), 9), /^RangeError: .*from 0 to 8/],
    ['sendto(text)', (sock) => sock.sendto('x' as never, ['', 1]), /^TypeError: .*Buffer\.from\(text\)/],
    [
      'sendto([host])',
      (sock) => sock.sendto(Buffer.alloc(1), ['h'] as never),
      /^TypeError: Socket\.sendto: exp/,
    ],
    [
      'sendto(port)',
      (sock) => sock.sendto(Buffer.alloc(1), ['127.0.0.1', 65536]),
      /^RangeError: Socket\.sendto/,
    ],
    ['sendto(null)', (sock) => sock.sendto(Buffer.alloc(1), null as never), /^TypeError: Socket\.sendto/],
    [
      'sendmsg(buffer)',
      (sock) => sock.sendmsg(Buffer.alloc(1) as never),
      /^TypeError: .*array of Uint8Arrays/,
    ],
    [
      'sendmsg([text])',
      (sock) => sock.sendmsg(['x'] as never),
      /^TypeError: Socket\.sendmsg: .*buffers\[0\]/,
    ],
    [
      'sendmsg(1025)',
      (sock) => sock.sendmsg(new Array(1025).fill(Buffer.alloc(0))),
      /^RangeError: .*at most 1024/,
    ],
    ['sendmsg(cmsg)', (sock) => sock.sendmsg([], [[1, 2]] as never), /^TypeError: .*\[level, type, data\]/],
    ['recvmsg(1, -1)', (sock) => sock.recvmsg(1, -1), /^RangeError: Socket\.recvmsg/],
    ['recvmsgInto(x)', (sock) => sock.recvmsgInto({} as never), /^TypeError: Socket\.recvmsgInto/],
  ];

  test.each(calls)('%s', (_name, call, message) => {
    const sock = udp();
    sock.setblocking(false);
    expect(String(errorOf(() => call(sock)))).toMatch(message);
    sock.close();
    expect(errorOf(() => sock.recvfrom(1))).toMatchObject({ code: 'EBADF', syscall: 'recvfrom' });
    expect(errorOf(() => sock.sendmsg([]))).toMatchObject({ code: 'EBADF', syscall: 'sendmsg' });
  });

  test('memory that was given away is refused: no bytes would look like the end', () => {
    const sock = udp();
    const buffer = new Uint8Array(8);
    structuredClone(buffer.buffer, { transfer: [buffer.buffer] });
    for (const [call, attempt] of Object.entries({
      recvInto: () => sock.recvInto(buffer),
      recvfromInto: () => sock.recvfromInto(buffer),
      sendto: () => sock.sendto(buffer, ['127.0.0.1', 9]),
      send: () => sock.send(buffer),
      recvmsgInto: () => sock.recvmsgInto([buffer]),
    })) {
      const named = `${call}, of ${buffer.length} bytes`;
      expect(String(errorOf(attempt)), named).toMatch(/^TypeError: Socket\.\w+: .*detached/);
    }
  });
});
