/**
 * A TCP and a TLS echo, a function on a thread and one in a process, to be bundled. Run by
 * scripts/test-bundlers.mjs.
 */
import { readFileSync } from 'node:fs';
import { openConnection, ProcessPoolExecutor, run, SSLContext, startServer, toThread } from 'selectloop';

function* echo(reader, writer) {
  yield* reader.lines((line) => writer.write(line));
  writer.close();
}

/** What a server answers. @param security contexts of server and client, or none */
function* ask(question, security = {}) {
  const server = yield* startServer(echo, { host: '127.0.0.1', port: 0, ssl: security.server });
  const [, port] = server.sockets[0].getsockname();
  const name = security.client === undefined ? {} : { ssl: security.client, serverHostname: 'localhost' };
  const [reader, writer] = yield* openConnection({ host: '127.0.0.1', port, ...name });
  writer.write(Buffer.from(`${question}\n`));
  const line = yield* reader.readLine();
  writer.close();
  yield* server.shutdown({ graceMs: 1000 });
  return String(line).trim();
}

/** A single executable has no node to start. */
function* inProcess(pool) {
  try {
    return yield* pool.submit((n) => `process ${n + 1}`, 1);
  } catch (error) {
    if (error.message.includes('is a single executable')) return 'no process';
    throw error;
  }
}

run(function* main() {
  console.log(yield* ask('tcp'));
  const server = new SSLContext({ key: readFileSync('server-key.pem'), cert: readFileSync('server.pem') });
  console.log(yield* ask('tls', { server, client: new SSLContext({ ca: readFileSync('ca.pem') }) }));
  console.log(yield* toThread((n) => `thread ${n + 1}`, 1));
  const pool = new ProcessPoolExecutor({ maxWorkers: 1 });
  console.log(yield* inProcess(pool));
  yield* pool.shutdown();
});
