/**
 * A client for the TLS echo server: sends its arguments, a line each, and prints what comes back. It talks to nobody whose
 * certificate it cannot verify: `ssl: true` trusts the authorities that Node trusts; --ca names others, here the server's own
 * certificate.
 *
 *     npm run example -- tls-echo-client --ca cert.pem hello world         # localhost:8443; --host and --port change that
 *
 * How to make the certificate: see tls-echo-server.ts.
 */

import { readFileSync } from 'node:fs';
import { type Coroutine, openConnection, print, runMain, SSLContext, waitFor } from 'selectloop';
import { anyText, commandLine, portNumber } from '../command-line.ts';

const { ca, host, port, rest } = commandLine(
  'tls-echo-client',
  {
    ca: anyText('', 'a file with the certificates to trust, instead of those that Node trusts', 'FILE'),
    host: anyText('localhost', 'where the server is, by the name in its certificate', 'HOST'),
    port: portNumber(8443, 'its port'),
  },
  'LINE …',
);

function* echoed(lines: readonly string[]): Coroutine<string[]> {
  const ssl = ca === '' || new SSLContext({ ca: readFileSync(ca) });
  const [reader, writer] = yield* openConnection({ host, port, ssl });
  using _ = writer;
  const answers: string[] = [];
  for (const line of lines) {
    yield* writer.write(Buffer.from(`${line}\n`));
    answers.push((yield* reader.readLine()).toString().trimEnd());
  }
  writer.close();
  // Both sides say goodbye: only then is it certain that nothing was cut off.
  yield* writer.waitClosed();
  return answers;
}

const answers = runMain(() => waitFor(echoed(rest), 10_000));
for (const answer of answers ?? []) print(answer);
