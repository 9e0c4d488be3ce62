/**
 * `sockSendall` made no call for no bytes. To a socket that keeps messages whole that is a message, which its
 * peer never got; and to one that cannot send it is an error, which nobody heard of. asyncio asks the system.
 */
import { expect, test } from 'vitest';
import { AF_INET, AF_UNIX, SOCK_DGRAM, SOCK_STREAM, Socket, socketpair } from '../../src/socket.ts';
import { realLoop } from '../integration/loop/real-loop.ts';
import { onTeardown } from '../support/teardown.ts';

function quiet(...sockets: Socket[]): void {
  for (const each of sockets) each.settimeout(0);
  onTeardown(() => {
    for (const each of sockets) each.close();
  });
}

const NOTHING = Buffer.alloc(0);

test('to a socket of messages', () => {
  const { loop } = realLoop();
  const [mine, peer] = socketpair(AF_UNIX, SOCK_DGRAM);
  quiet(mine, peer);
  loop.runUntilComplete(loop.sockSendall(mine, NOTHING));
  expect(peer.recvfrom(1)).toEqual([NOTHING, null]);
});

test('to a stream', () => {
  const { loop } = realLoop();
  const [mine, peer] = socketpair();
  quiet(mine, peer);
  loop.runUntilComplete(loop.sockSendall(mine, NOTHING));
  expect(() => peer.recv(1)).toThrow('EAGAIN');
});

test('to a socket that cannot send', () => {
  const { loop } = realLoop();
  const unconnected = new Socket(AF_INET, SOCK_STREAM);
  quiet(unconnected);
  expect(() => loop.runUntilComplete(loop.sockSendall(unconnected, NOTHING))).toThrow(/EPIPE|ENOTCONN/);
});
