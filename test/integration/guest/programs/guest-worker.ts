/** A worker whose loop is a guest with a server and a client that never rest. Tells when they talk. */
import { parentPort } from 'node:worker_threads';
import { createTask, openConnection, runGuest, startServer } from '../../../../src/index.ts';

void runGuest(function* () {
  const server = yield* startServer(
    function* (reader, writer) {
      yield* reader.lines((line) => writer.write(line));
    },
    { host: '127.0.0.1', port: 0 },
  );
  const [, port] = server.sockets[0]?.getsockname() ?? ['', 0];
  const [reader, writer] = yield* openConnection({ host: '127.0.0.1', port });
  yield* createTask(function* () {
    for (let i = 0; ; i++) {
      yield* writer.write(Buffer.from(`${i}\n`));
      yield* reader.readLine();
      if (i === 3) parentPort?.postMessage('talking');
    }
  });
});
