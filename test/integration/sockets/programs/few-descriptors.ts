/**
 * Uses up a small descriptor table (`ulimit -n`), and reports what each call says then and after one is free
 * again.
 */

import { closeSync } from 'node:fs';

import { dup, fromfd, MSG_CTRUNC, recvFds, Socket, sendFds, socketpair } from '../../../../src/socket.ts';

function codeOf(action: () => unknown): string {
  try {
    action();
    return 'done';
  } catch (error) {
    return `${(error as NodeJS.ErrnoException).syscall} ${(error as NodeJS.ErrnoException).code}`;
  }
}

const listener = new Socket();
listener.bind(['127.0.0.1', 0]);
listener.listen();
const client = new Socket();
client.connect(listener.getsockname());
listener.settimeout(5000);

const [near, far] = socketpair();
// One message each for a table with no descriptor free, with one, and with two.
for (let i = 0; i < 3; i++) sendFds(near, [Buffer.from('x')], [0, 1]);
const wanted = dup(0);

const spare: Socket[] = [];
while (codeOf(() => spare.push(new Socket())) === 'done');

const full = {
  socket: codeOf(() => new Socket()),
  accept: codeOf(() => listener.accept()),
  socketpair: codeOf(() => socketpair()),
  dup: codeOf(() => client.dup()),
  fromfd: codeOf(() => fromfd(client.fileno())),
};
/** How many of two descriptors arrive, and whether the flags tell of those that do not. */
function receive(): string {
  const [data, fds, flags] = recvFds(far, 10, 2);
  for (const fd of fds) closeSync(fd);
  return `${data.length} byte, ${fds.length} of 2${(flags & MSG_CTRUNC) === 0 ? '' : ', cut'}`;
}

const passed = [receive()];
closeSync(wanted);
passed.push(receive());
spare.pop()?.close();
passed.push(receive());
spare.push(new Socket(), new Socket());
// One free descriptor is not enough for a pair, and the failed attempt must not keep it.
spare.pop()?.close();
const oneFree = { socketpair: codeOf(() => socketpair()), accept: codeOf(() => listener.accept()) };
console.log(JSON.stringify({ spareCount: spare.length, full, oneFree, passed }));
