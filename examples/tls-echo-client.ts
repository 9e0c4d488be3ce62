/**
 * A client for the TLS echo server: sends its arguments, a line each, and prints what comes back. It talks to nobody whose
 * certificate it cannot verify: `ssl: true` trusts the authorities that Node trusts; CA names others, here the server's own
 * certificate.
 *
 *     CA=cert.pem node --import tsx examples/tls-echo-client.ts hello world         # localhost:8443; HOST and PORT change that
 *
 * How to make the certificate: see tls-echo-server.ts.
 */

import { readFileSync } from 'node:fs';
import { type Coroutine, OSError, openConnection, print, run, SSLContext, waitFor } from 'selectloop';

const { CA, HOST = 'localhost', PORT = '8443' } = process.env;

function* echoed(lines: readonly string[]): Coroutine<string[]> {
  const ssl = CA === undefined ? true : new SSLContext({ ca: readFileSync(CA) });
  const [reader, writer] = yield* openConnection({ host: HOST, port: Number(PORT), ssl });
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

try {
  const answers = run(() => waitFor(echoed(process.argv.slice(2)), 10_000));
  for (const answer of answers) print(answer);
} catch (error) {
  if (!(error instanceof OSError)) throw error;
  print(error.message, { fd: 2 });
  process.exitCode = 1;
}
