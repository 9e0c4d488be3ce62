/** A blocking call that was told not to wait, by `MSG_DONTWAIT`, waited for ever. */
import { expect, test } from 'vitest';
import { BlockingIOError } from '../../src/index.ts';
import { defaultKernel } from '../../src/kernel/default-kernel.ts';
import { MSG_DONTWAIT, MSG_ERRQUEUE, MSG_PEEK, SOCK_DGRAM, type Socket } from '../../src/socket.ts';
import { kernelWith, pair } from '../integration/loop/real-loop.ts';

const receiving: [call: string, receive: (sock: Socket, flags: number) => void][] = [
  ['recv', (sock, flags) => sock.recv(1, MSG_PEEK | flags)],
  ['recvInto', (sock, flags) => sock.recvInto(Buffer.alloc(1), 1, flags)],
  ['recvfrom', (sock, flags) => sock.recvfrom(1, flags)],
  ['recvfromInto', (sock, flags) => sock.recvfromInto(Buffer.alloc(1), 1, flags)],
  ['recvmsg', (sock, flags) => sock.recvmsg(1, 0, flags)],
  ['recvmsgInto', (sock, flags) => sock.recvmsgInto([Buffer.alloc(1)], 0, flags)],
  ['recvMany', (sock, flags) => sock.recvMany(1, 1, flags)],
];

const line = Buffer.alloc(1000);
const sending: typeof receiving = [
  ['send', (sock, flags) => sock.send(line, flags)],
  ['sendall', (sock, flags) => sock.sendall(line, flags)],
  ['sendmsg', (sock, flags) => sock.sendmsg([line], [], flags)],
  ['sendMany', (sock, flags) => sock.sendMany([line], flags)],
];

/** Long enough to fail, and to end: a wait for ever could not be interrupted. */
const PATIENCE_MS = 1000;

test.each(receiving)('%s', (_call, receive) => {
  const [sock] = pair(SOCK_DGRAM);
  sock.settimeout(PATIENCE_MS);
  expect(() => receive(sock, MSG_DONTWAIT)).toThrow(BlockingIOError);
});

test.each(sending)('%s', (_call, send) => {
  const [sock] = pair(SOCK_DGRAM);
  sock.settimeout(PATIENCE_MS);
  expect(() => {
    for (;;) send(sock, MSG_DONTWAIT);
  }).toThrow(BlockingIOError);
});

test.runIf(process.platform === 'linux')('queued errors are not waited for without a time-out', () => {
  const { fds } = defaultKernel();
  const waitReady = (): number => {
    throw new Error('it waits');
  };
  const [sock] = pair(SOCK_DGRAM, kernelWith({ fds: { ...fds, waitReady } }));
  sock.settimeout(null);
  expect(() => sock.recvmsg(1, 100, MSG_ERRQUEUE)).toThrow(BlockingIOError);
  sock.settimeout(1);
  expect(() => sock.recvmsg(1, 100, MSG_ERRQUEUE)).toThrow('it waits');
});
