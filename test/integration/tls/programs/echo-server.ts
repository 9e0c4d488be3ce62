/**
 * A TLS echo server on our loop; prints its port, and what it knows of each connection.
 * `--client-certificates` asks for them.
 */
import {
  type Coroutine,
  print,
  run,
  type StreamReader,
  type StreamWriter,
  startServer,
} from '../../../../src/index.ts';
import { SSLContext } from '../../../../src/tls/ssl-context.ts';
import { ca, identity } from '../../../support/certificates.ts';

const [option] = process.argv.slice(2);
const api = new SSLContext(identity('api'));
const ssl = new SSLContext({
  ...identity('server'),
  ALPNProtocols: ['http/1.1'],
  sniContexts: { 'api.test': api },
  ...(option === '--client-certificates' ? { ca, requestCert: true } : {}),
});

function* serve(reader: StreamReader, writer: StreamWriter): Coroutine<void> {
  const info = writer.getExtraInfo('sslObject');
  print(
    `connection ${info?.version()} ${info?.selectedAlpnProtocol()} ${info?.serverHostname} ` +
      `${info?.sessionReused ? 'resumed' : 'new'} ${writer.getExtraInfo('peercert')?.subject.CN ?? 'nobody'}`,
  );
  const line = yield* reader.readLine();
  if (line.toString().startsWith('GET ')) yield* answerRequest(reader, writer);
  else {
    yield* writer.write(line);
    for (let data = yield* reader.read(65_536); data.length > 0; data = yield* reader.read(65_536)) {
      yield* writer.write(data);
    }
  }
  writer.close();
  yield* writer.waitClosed();
  print('closed in order');
}

function* answerRequest(reader: StreamReader, writer: StreamWriter): Coroutine<void> {
  while ((yield* reader.readLine()).toString().trim() !== '');
  const body = 'over TLS\n';
  yield* writer.write(
    Buffer.from(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`),
  );
}

run(function* () {
  const server = yield* startServer(serve, { host: '127.0.0.1', port: 0, ssl });
  const [, port] = server.sockets[0]?.getsockname() ?? [];
  print(`listening on ${port}`);
  yield* server.serveForever();
});
