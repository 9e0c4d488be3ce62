/**
 * What several transports write is sent together when their callbacks have run. A call on the socket of one
 * that sends, ends the stream or changes how is sent comes after what was written before it.
 */
import { closeSync, openSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type CompletedProcess, createTask, runProcess, type Task } from '../../src/index.ts';
import { SHUT_WR, SO_SNDBUF, SOL_SOCKET, type Socket, sendFds } from '../../src/socket.ts';
import { both, bytes, text, world } from '../integration/transports/sending-world.ts';

const calls: [name: string, call: (sock: Socket) => void, sent: string][] = [
  ['send', (sock) => sock.send(bytes(' more')), ' more'],
  ['sendall', (sock) => sock.sendall(bytes(' more')), ' more'],
  ['sendmsg', (sock) => sock.sendmsg([bytes(' more')]), ' more'],
  ['sendFds', (sock) => sendFds(sock, [bytes(' more')], [sock.fileno()]), ' more'],
  ['sendfile', sendThisFile, '/**'],
  ['shutdown', (sock) => sock.shutdown(SHUT_WR), ''],
  ['setsockopt', (sock) => sock.setsockopt(SOL_SOCKET, SO_SNDBUF, 65_536), ''],
  ['dup', (sock) => sock.dup().close(), ''],
];

function sendThisFile(sock: Socket): void {
  const file = openSync(new URL(import.meta.url).pathname, 'r');
  sock.sendfile(file, 0, 3);
  closeSync(file);
}

test.each(calls)('%s', (_name, call, sent) => {
  const all = world();
  const received: string[] = [];
  both(
    all,
    () => all.transports[0].write(bytes('written')),
    () => {
      call(all.sockets[0]);
      received.push(text(all.peers[0]));
    },
  );
  expect(received).toEqual([`written${sent}`]);
});

test('the start of a child that is given the socket', () => {
  const all = world();
  const children: Task<CompletedProcess>[] = [];
  const received: string[] = [];
  both(
    all,
    () => all.transports[0].write(bytes('written')),
    () => {
      children.push(createTask(runProcess(['true'], { stdout: all.sockets[0] }), { eagerStart: true }));
      received.push(text(all.peers[0]));
    },
  );
  for (const child of children)
    all.loop.run(function* () {
      yield* child;
    });
  expect(received).toEqual(['written']);
});
