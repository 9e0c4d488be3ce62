/**
 * The echo server of echo-streams.ts with TLS: one option more. A connection is handed to `echo` when its handshake is done;
 * clients that do not speak TLS never get that far.
 *
 *     openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj /CN=localhost \
 *       -addext subjectAltName=DNS:localhost -keyout key.pem -out cert.pem
 *     KEY=key.pem CERT=cert.pem node --import tsx examples/tls-echo-server.ts       # 127.0.0.1:8443; PORT changes that
 *     CA=cert.pem node --import tsx examples/tls-echo-client.ts hello               # or:
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

const { KEY = 'key.pem', CERT = 'cert.pem', PORT = '8443' } = process.env;

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
  const ssl = new SSLContext({ key: readFileSync(KEY), cert: readFileSync(CERT) });
  using server = yield* startServer(echo, { host: '127.0.0.1', port: Number(PORT), ssl });
  print(`Echoing on port ${server.port}`);
  return yield* server.serveForever();
}

runMain(serve);
