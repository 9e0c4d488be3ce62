/**
 * The same over TLS; server.pem, server-key.pem and ca.pem lie beside it. Run by scripts/test-install.mjs.
 */
import { readFileSync } from 'node:fs';
import { openConnection, run, SSLContext, startServer } from 'selectloop';

const file = (name) => readFileSync(new URL(name, import.meta.url));

function* greet(_reader, writer) {
  writer.write(Buffer.from('hello tls\n'));
  yield* writer.drain();
  writer.close();
}

const answer = run(function* main() {
  const ssl = new SSLContext({ key: file('server-key.pem'), cert: file('server.pem') });
  const server = yield* startServer(greet, { host: '127.0.0.1', port: 0, ssl });
  const [, port] = server.sockets[0].getsockname();
  const trusting = new SSLContext({ ca: file('ca.pem') });
  const [reader, writer] = yield* openConnection({
    host: '127.0.0.1',
    port,
    ssl: trusting,
    serverHostname: 'localhost',
  });
  const line = yield* reader.readLine();
  writer.close();
  yield* server.shutdown({ graceMs: 1000 });
  return String(line).trim();
});
console.log(answer);
