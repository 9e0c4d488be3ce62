/**
 * The TCP echo server on all cores: a thread with a loop of its own on each, and one port for all.
 *
 *     npm run example -- echo-on-cores      # 127.0.0.1:8007; --port and --threads change that
 *     nc 127.0.0.1 8007
 *
 * SIGTERM and Ctrl-C end it in order: no new connections, --grace-ms (2000) for those that are there. A thread that dies is
 * replaced.
 */

import { availableParallelism } from 'node:os';
import { type Coroutine, openSignalReceiver, print, runMain, serveOnThreads } from 'selectloop';
import { commandLine, portNumber, wholeNumber } from '../command-line.ts';

const { port, threads, graceMs } = commandLine('echo-on-cores', {
  port: portNumber(8007),
  threads: wholeNumber(availableParallelism(), 'how many threads, each with a loop', { least: 1 }),
  graceMs: wholeNumber(2000, 'how long connections may last after SIGTERM'),
});

function* main(): Coroutine<void> {
  // Before anybody is told that we serve: from then on a signal may come.
  using signals = openSignalReceiver('SIGTERM', 'SIGINT');
  const url = new URL('./echo-on-cores-work.ts', import.meta.url);
  using server = yield* serveOnThreads(url, { port, threads });
  print(`Echoing on port ${server.port}, on ${server.threadCount} threads`);
  const signal = yield* signals.next();
  print(`${signal}: no more connections`);
  yield* server.shutdown({ graceMs });
}

runMain(main);
