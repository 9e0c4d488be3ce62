/**
 * A server that ends in order. SIGTERM, as systemd and Kubernetes send it: it takes no more connections, lets the answers that
 * are under way go out, and cuts off what is left when its time is up.
 *
 *     npm run example -- graceful-shutdown       # 127.0.0.1:8030; --port and --grace-ms change that
 *     curl http://127.0.0.1:8030/5000                       # an answer that takes 5000 ms; meanwhile:
 *     kill -TERM PID                                        # curl gets its answer, the next one is refused
 *
 * A second signal ends it at once.
 */

import {
  type Coroutine,
  type Future,
  getRunningLoop,
  isDisconnect,
  print,
  run,
  type StreamReader,
  type StreamWriter,
  sleep,
  startServer,
} from 'selectloop';
import { commandLine, portNumber, wholeNumber } from '../command-line.ts';

const { port, graceMs } = commandLine('graceful-shutdown', {
  port: portNumber(8030),
  graceMs: wholeNumber(10_000, 'how long answers under way may take after SIGTERM'),
});

const STOP_SIGNALS = ['SIGTERM', 'SIGINT'] as const;

function* answer(reader: StreamReader, writer: StreamWriter): Coroutine<void> {
  using _ = writer;
  try {
    const head = yield* reader.readUntil(Buffer.from('\r\n\r\n'));
    const delayMs = Number(/^GET \/(\d{1,6}) /.exec(head.toString('latin1'))?.[1] ?? 0);
    yield* sleep(delayMs);
    const text = `This took ${delayMs} ms\n`;
    yield* writer.write(Buffer.from(`HTTP/1.0 200 OK\r\nContent-Length: ${text.length}\r\n\r\n${text}`));
  } catch (error) {
    // The client has gone, before its request was complete or before it was answered.
    if (!isDisconnect(error)) throw error;
  }
}

/** The first signal to stop that comes. From then on such signals do what they do by default. */
function stopSignal(): Future<string> {
  const loop = getRunningLoop();
  const stopped = loop.createFuture<string>();
  for (const signal of STOP_SIGNALS) {
    loop.addSignalHandler(signal, () => {
      if (stopped.done()) return;
      stopped.setResult(signal);
      for (const each of STOP_SIGNALS) loop.removeSignalHandler(each);
    });
  }
  return stopped;
}

function* main(): Coroutine<void> {
  // Before anybody is told that we serve: from then on a signal may come.
  const stopped = stopSignal();
  using server = yield* startServer(answer, '127.0.0.1', port);
  print(`Process ${process.pid} serves port ${server.port}`);
  print(`${yield* stopped}: no new connections from now on`);
  yield* server.shutdown({ graceMs });
  print('All connections have ended');
}

run(main);
