/** Uses up a small descriptor table (`ulimit -n`), and reports what each call says then and after one is free again. */

import { fromfd, Socket, socketpair } from '../../../../src/socket.ts';

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

const spare: Socket[] = [];
while (codeOf(() => spare.push(new Socket())) === 'done');

const full = {
  socket: codeOf(() => new Socket()),
  accept: codeOf(() => listener.accept()),
  socketpair: codeOf(() => socketpair()),
  dup: codeOf(() => client.dup()),
  fromfd: codeOf(() => fromfd(client.fileno())),
};
// One free descriptor is not enough for a pair, and the failed attempt must not keep it.
spare.pop()?.close();
const oneFree = { socketpair: codeOf(() => socketpair()), accept: codeOf(() => listener.accept()) };
console.log(JSON.stringify({ spareCount: spare.length, full, oneFree }));
