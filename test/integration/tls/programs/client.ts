/**
 * A TLS client on our loop: sends a line to a port, then as many bytes as it is told, and says what comes
 * back. `--certificate` shows one to the server; `--resume` connects twice.
 */
import { type Coroutine, createTask, openConnection, print, run } from '../../../../src/index.ts';
import { SSLContext } from '../../../../src/tls/ssl-context.ts';
import { ca, identity } from '../../../support/certificates.ts';

const [portText = '', byteCountText = '0', ...options] = process.argv.slice(2);
const certificate = options.includes('--certificate') ? identity('client') : {};
const ssl = new SSLContext({ ca, ALPNProtocols: ['http/1.1'], ...certificate });
const address = { host: '127.0.0.1', port: Number(portText), serverHostname: 'localhost', ssl };

function* visit(session?: Uint8Array): Coroutine<Buffer | null> {
  const [reader, writer] = yield* openConnection({ ...address, session });
  const info = writer.getExtraInfo('sslObject');
  print(
    `connected ${info?.version()} ${info?.selectedAlpnProtocol()} ${info?.sessionReused ? 'resumed' : 'new'} ` +
      `${writer.getExtraInfo('peercert')?.subject.CN}`,
  );
  yield* writer.write(Buffer.from('hello\n'));
  print(`line ${(yield* reader.readLine()).toString().trim()}`);
  const latest = info?.session ?? null;
  const bytes = Buffer.alloc(Number(byteCountText), 'selectloop');
  const sending = createTask(
    (function* () {
      yield* writer.write(bytes);
    })(),
  );
  const echoed = yield* reader.readExactly(bytes.length);
  yield* sending;
  print(`echoed ${echoed.length} ${echoed.equals(bytes) ? 'equal' : 'different'}`);
  writer.close();
  yield* writer.waitClosed();
  print('closed in order');
  return latest;
}

run(function* () {
  try {
    const session = yield* visit();
    if (options.includes('--resume') && session !== null) yield* visit(session);
  } catch (error) {
    print(`failed ${(error as { code?: string }).code} ${error}`);
  }
});
