/**
 * Sends to a peer that has gone, with SIGPIPE as deadly as in a C program: Node ignores that signal, but
 * libuv puts the default action back when the last listener leaves. With the argument `write`, uses write(2),
 * which has no flag against the signal: that must kill, or this program would prove nothing.
 */

import { openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { defaultKernel } from '../../../../src/kernel/default-kernel.ts';
import { check } from '../../../../src/kernel/os-error.ts';
import { socketpair } from '../../../../src/socket.ts';

const listener = (): void => {};
process.on('SIGPIPE', listener);
process.off('SIGPIPE', listener);

const [left, right] = socketpair();
right.close();
if (process.argv[2] === 'write') {
  defaultKernel().fds.write(left.fileno(), Buffer.from('x'), 0, 1);
} else {
  const data = Buffer.from('x');
  const { sendMany } = defaultKernel().sockets;
  const file = openSync(fileURLToPath(import.meta.url), 'r');
  const calls = [
    () => left.send(data),
    () => left.sendall(data),
    () => left.sendmsg([data]),
    // Of the kernel's: Socket.sendMany is not for streams.
    () => check(sendMany(left.fileno(), [data], 0, new Uint8Array(0), 0), 'sendMany', left.fileno()),
    () => left.sendfile(file),
  ];
  for (const call of calls) {
    try {
      call();
    } catch (error) {
      console.log(String(error));
    }
  }
}
console.log('survived');
