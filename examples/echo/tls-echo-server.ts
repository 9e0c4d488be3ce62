/**
 * The echo server of echo-streams.ts with TLS: one option more. A connection is handed to `echo` when its handshake is done;
 * clients that do not speak TLS never get that far.
 *
 *     openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj /CN=localhost \
 *       -addext subjectAltName=DNS:localhost -keyout key.pem -out cert.pem
 *     npm run example -- tls-echo-server --key key.pem --cert cert.pem      # 127.0.0.1:8443; --port changes that
 *     npm run example -- tls-echo-client --ca cert.pem hello               # or:
 *     openssl s_client -connect localhost:8443 -CAfile cert.pem -quiet
 */

import { readFileSync } from 'node:fs';
import {
  type Coroutine,
  isDisconnect,
  print,
  runMain,
  SSLContext,
  type StreamReader,
  type StreamWriter,
  startServer,
} from 'selectloop';
import { anyText, commandLine, portNumber } from '../command-line.ts';

const { key, cert, port } = commandLine('tls-echo-server', {
  key: anyText('key.pem', 'a file with its private key', 'FILE'),
  cert: anyText('cert.pem', 'a file with its certificate', 'FILE'),
  port: portNumber(8443),
});

function* echo(reader: StreamReader, writer: StreamWriter): Coroutine<void> {
  using _ = writer;
  try {
    for (;;) {
      const data = yield* reader.read(65_536);
      if (data.length === 0) return;
      yield* writer.write(data);
    }
  } catch (error) {
    // A reset, or an end without a word of goodbye.
    if (!isDisconnect(error)) throw error;
  }
}

function* serve(): Coroutine<never> {
  const ssl = new SSLContext({ key: readFileSync(key), cert: readFileSync(cert) });
  using server = yield* startServer(echo, { host: '127.0.0.1', port, ssl });
  print(`Echoing on port ${server.port}`);
  return yield* server.serveForever();
}

runMain(serve);
