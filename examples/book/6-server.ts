/**
 * Step 6: a server on the loop of step 5.
 *
 *     node --import tsx examples/book/6-server.ts       # 127.0.0.1:8000; PORT in the environment changes that
 *     telnet 127.0.0.1 8000                             # from several terminals
 *
 * The main coroutine accepts for ever; each connection gets a task, which logs what it reads until its client closes. No
 * thread, no callback in sight, and any number of clients at once.
 *
 * Knowingly missing, beside what the header of step 5 lists; examples/server.ts is the same server on selectloop's own loop
 * and has it all:
 * - a client that resets its connection ends the server with all its other clients (there: caught, logged, the rest go on);
 * - one more client than there are descriptors (EMFILE) ends it too (there: accepting pauses until one has left);
 * - Ctrl-C kills without running any `finally` (there: tasks are cancelled, sockets closed, exit code 130);
 * - a log that nobody reads, a port that is taken: a stack trace (there: silence, one line).
 */

import { print } from 'selectloop';
import type { Socket } from 'selectloop/socket';
import type { Coroutine } from './2-awaitable-future.ts';
import { listen } from './3-socket-future.ts';
import { Task } from './4-task.ts';
import { EventLoop } from './5-event-loop.ts';

const loop = new EventLoop();

function* serve(server: Socket): Coroutine<never> {
  for (;;) {
    print('Waiting for connection...');
    const client = yield* loop.sockAccept(server);
    print(`I got a new connection from ${client}!`);
    new Task(readFromClient(client), loop);
  }
}

function* readFromClient(client: Socket): Coroutine<void> {
  print(`Reading data from client ${client}`);
  try {
    for (;;) {
      const data = yield* loop.sockRecv(client);
      if (data.length === 0) return;
      print(`Got ${JSON.stringify(data.toString())} from client!`);
    }
  } finally {
    print(`Closing ${client}`);
    loop.sockClose(client);
  }
}

const server = listen(Number(process.env.PORT || 8000));
print(`Serving on port ${server.getsockname()[1]}. Ctrl-C ends.`, { fd: 2 });
loop.run(serve(server));
