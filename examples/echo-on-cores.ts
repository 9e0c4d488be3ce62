/**
 * The TCP echo server on all cores: a thread with a loop of its own on each, and one port for all.
 *
 *     node --import tsx examples/echo-on-cores.ts      # 127.0.0.1:8007; PORT and THREADS in the environment change that
 *     nc 127.0.0.1 8007
 *
 * SIGTERM and Ctrl-C end it in order: no new connections, GRACE_MS (2000) for those that are there. A thread that dies is
 * replaced.
 */

import { availableParallelism } from 'node:os';
import { type Coroutine, openSignalReceiver, print, runMain, serveOnThreads } from 'selectloop';

const threads = Number(process.env.THREADS || availableParallelism());
const graceMs = Number(process.env.GRACE_MS || 2000);

function* main(): Coroutine<void> {
  // Before anybody is told that we serve: from then on a signal may come.
  using signals = openSignalReceiver('SIGTERM', 'SIGINT');
  const url = new URL('./echo-on-cores-work.ts', import.meta.url);
  using server = yield* serveOnThreads(url, { port: Number(process.env.PORT || 8007), threads });
  print(`Echoing on port ${server.port}, on ${server.threadCount} threads`);
  const signal = yield* signals.next();
  print(`${signal}: no more connections`);
  yield* server.shutdown({ graceMs });
}

runMain(main);
