/** A server that ends on a signal, for a process manager. Run by scripts/test-bundlers.mjs. */
import { getRunningLoop, print, run, startServer } from 'selectloop';

function* greet(_reader, writer) {
  yield* writer.write(Buffer.from('hello\n'));
  writer.close();
}

run(function* main() {
  const loop = getRunningLoop();
  const stopped = loop.createFuture();
  for (const signal of ['SIGINT', 'SIGTERM']) {
    loop.addSignalHandler(signal, () => stopped.done() || stopped.setResult(signal));
  }
  const server = yield* startServer(greet, { host: '127.0.0.1', port: 0 });
  print(`listening on ${server.sockets[0].getsockname()[1]}`);
  const signal = yield* stopped;
  yield* server.shutdown({ graceMs: 500 });
  print(`stopped on ${signal}`);
});
