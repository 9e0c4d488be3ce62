// An echo server on several threads of the built package: serveOnThreads.
//
//   node bench/echo-threads.mjs --threads N [--port N] [--sharing reuseport|acceptor]
//
// Prints "listening PORT" when it is ready. SIGUSR2 makes it print how many connections each thread has had,
// as JSON.

import { BroadcastChannel, receiveMessageOnPort } from 'node:worker_threads';
import { positive, readOptions } from './options.mjs';
import { loadSelectloop } from './package-under-test.mjs';

const { getRunningLoop, print, run, serveOnThreads } = await loadSelectloop();

const { values } = readOptions(
  {
    options: {
      threads: { type: 'string', default: '2' },
      port: { type: 'string', default: '0' },
      sharing: { type: 'string' },
    },
  },
  'usage: echo-threads.mjs [--threads N] [--port N] [--sharing reuseport|acceptor]',
);

/** Each thread says here that it has taken a connection. */
const connections = new BroadcastChannel('connections');
const counts = new Map();

function countsNow() {
  for (;;) {
    const received = receiveMessageOnPort(connections);
    if (received === undefined) return [...counts.values()];
    counts.set(received.message, (counts.get(received.message) ?? 0) + 1);
  }
}

run(function* () {
  const loop = getRunningLoop();
  const server = yield* serveOnThreads(new URL('./echo-threads-work.mjs', import.meta.url), {
    port: Number(values.port),
    threads: positive('threads', values.threads),
    backlog: 4096,
    sharing: values.sharing,
  });
  loop.addSignalHandler('SIGUSR2', () => print(JSON.stringify(countsNow())));
  print(`listening ${server.port}`);
  yield* loop.createFuture();
});
