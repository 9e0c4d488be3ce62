/** Makes connections with TLS, some of which fail, and says how much memory is in use after each hundred. */
import { type Coroutine, EventLoop, openConnection, print, startServer } from '../../../../src/index.ts';
import { SSLContext } from '../../../../src/tls/ssl-context.ts';
import { ca, identity } from '../../../support/certificates.ts';

const rounds = Number(process.argv[2]);
const server = new SSLContext({ ...identity('server'), ALPNProtocols: ['h2'] });
const trusting = new SSLContext({ ca, ALPNProtocols: ['h2'] });
const distrusting = new SSLContext({ ca: identity('self-signed').cert });

function* connect(port: number, ssl: SSLContext): Coroutine<void> {
  const [reader, writer] = yield* openConnection({
    host: '127.0.0.1',
    port,
    serverHostname: 'localhost',
    ssl,
  });
  yield* writer.write(Buffer.from('hello\n'));
  yield* reader.readLine();
  writer.getExtraInfo('peercert');
  writer.close();
  yield* writer.waitClosed();
}

function* main(): Coroutine<void> {
  const listening = yield* startServer(
    function* (reader, writer) {
      yield* writer.write(yield* reader.readLine());
      yield* reader.read();
      writer.close();
    },
    { host: '127.0.0.1', port: 0, ssl: server },
  );
  const [, port] = listening.sockets[0]?.getsockname() ?? [];
  for (let round = 0; round < rounds; round++) {
    let refused = 0;
    for (let i = 0; i < 90; i++) yield* connect(port as number, trusting);
    for (let i = 0; i < 10; i++) {
      try {
        yield* connect(port as number, distrusting);
      } catch {
        refused++;
      }
    }
    globalThis.gc?.();
    print(`${refused} refused, ${Math.round(process.memoryUsage.rss() / 1024)} KiB`);
  }
  yield* listening.shutdown({ graceMs: 0 });
}

const loop = new EventLoop();
loop.run(main());
loop.close();
print('done');
