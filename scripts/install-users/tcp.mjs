/** A server and its client over TCP. Run by scripts/test-install.mjs. */
import { openConnection, run, startServer } from 'selectloop';

function* greet(reader, writer) {
  const name = yield* reader.readLine();
  writer.write(Buffer.from(`hello ${name}`));
  yield* writer.drain();
  writer.close();
}

const answer = run(function* main() {
  const server = yield* startServer(greet, { host: '127.0.0.1', port: 0 });
  const [, port] = server.sockets[0].getsockname();
  const [reader, writer] = yield* openConnection({ host: '127.0.0.1', port });
  writer.write(Buffer.from('tcp\n'));
  const line = yield* reader.readLine();
  writer.close();
  yield* server.shutdown({ graceMs: 1000 });
  return String(line).trim();
});
console.log(answer);
