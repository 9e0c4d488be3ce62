/**
 * A call that has to wait first has the loop send what was written. An instrument that was told of that and
 * sent a message of its own, to another address, sent the one that waited there, too.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { AF_UNIX, SOCK_DGRAM, SOCK_STREAM, Socket } from '../../src/socket.ts';
import { both, bytes, world } from '../integration/transports/sending-world.ts';
import { onTeardown } from '../support/teardown.ts';

function paths(): [full: string, other: string] {
  const folder = mkdtempSync(join(tmpdir(), 'selectloop-'));
  onTeardown(() => rmSync(folder, { recursive: true }));
  return [join(folder, 'full'), join(folder, 'else')];
}

function unixSocket(type: number, path?: string): Socket {
  const sock = new Socket(AF_UNIX, type);
  onTeardown(() => sock.close());
  if (path !== undefined) sock.bind(path);
  sock.settimeout(0);
  return sock;
}

function untilItWouldBlock(act: () => void): void {
  expect(() => {
    for (;;) act();
  }).toThrow('EAGAIN');
}

function messagesOf(sock: Socket): string[] {
  const messages: string[] = [];
  untilItWouldBlock(() => messages.push(sock.recv(100).toString()));
  return messages;
}

/** Blocks the thread by `wait`. An instrument that is told of what was written before does `act`. */
function whileWaiting(wait: () => void, act: () => void): void {
  const all = world();
  let isOver = false;
  const ioCall = (call: string): void => {
    if (call !== 'send' || isOver) return;
    isOver = true;
    act();
  };
  all.loop.addInstrument({ ioCall });
  both(all, () => all.transports[0].write(bytes('written')), wait);
  expect(isOver).toBe(true);
}

const sends: [call: string, send: (sock: Socket, path: string) => void][] = [
  ['sendto', (sock, path) => sock.sendto(bytes('waited'), path)],
  ['sendmsg', (sock, path) => sock.sendmsg([bytes('waited')], [], 0, path)],
];

test.each(sends)('%s', (_call, send) => {
  const [fullPath, otherPath] = paths();
  const [full, other] = [unixSocket(SOCK_DGRAM, fullPath), unixSocket(SOCK_DGRAM, otherPath)];
  const [waiting, acting] = [unixSocket(SOCK_DGRAM), unixSocket(SOCK_DGRAM)];
  untilItWouldBlock(() => waiting.sendto(bytes('filler'), fullPath));
  waiting.settimeout(1000);
  whileWaiting(
    () => send(waiting, fullPath),
    () => {
      full.recv(100);
      acting.sendto(bytes('another'), otherPath);
    },
  );
  expect(messagesOf(full)).toContain('waited');
  expect(messagesOf(other)).toEqual(['another']);
});

// A listener whose backlog is full says EAGAIN there; elsewhere it refuses the connection.
test.runIf(process.platform === 'linux')('connect', () => {
  const [fullPath, otherPath] = paths();
  const [full, other] = [unixSocket(SOCK_STREAM, fullPath), unixSocket(SOCK_STREAM, otherPath)];
  full.listen(0);
  other.listen(5);
  untilItWouldBlock(() => unixSocket(SOCK_STREAM).connect(fullPath));
  const [waiting, acting] = [unixSocket(SOCK_STREAM), unixSocket(SOCK_STREAM)];
  waiting.settimeout(1000);
  whileWaiting(
    () => waiting.connect(fullPath),
    () => {
      const [accepted] = full.accept();
      onTeardown(() => accepted.close());
      acting.connect(otherPath);
    },
  );
  expect(waiting.getpeername()).toBe(fullPath);
});
