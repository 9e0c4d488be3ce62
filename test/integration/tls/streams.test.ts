/** TLS as a program with streams sees it. */
import { X509Certificate } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { type Coroutine, createTask, gather, sleep } from '../../../src/index.ts';
import type { StreamReader } from '../../../src/streams/stream-reader.ts';
import type { StreamWriter } from '../../../src/streams/stream-writer.ts';
import { SSLInfo } from '../../../src/tls/ssl-info.ts';
import { ca, identity } from '../../support/certificates.ts';
import { failureOf } from '../../support/failure-of.ts';
import { realLoop } from '../loop/real-loop.ts';
import { clientContext, connect, echo, serverContext, text, withServer } from './secure-loop.ts';

const pattern = Buffer.from(Array.from({ length: 251 }, (_, i) => i));

function* exchange(port: number, data: Buffer): Coroutine<Buffer> {
  const [reader, writer] = yield* connect(port);
  const sending = createTask(
    (function* () {
      yield* writer.write(data);
      writer.writeEof();
    })(),
  );
  const received = yield* reader.read();
  yield* sending;
  writer.close();
  yield* writer.waitClosed();
  return received;
}

describe('streams over TLS', () => {
  test('lines go to and fro', () => {
    const { loop } = realLoop();
    const answer = withServer(loop, echo, function* (port) {
      const [reader, writer] = yield* connect(port);
      yield* writer.write(text('hello\n'));
      const line = yield* reader.readLine();
      writer.close();
      yield* writer.waitClosed();
      return line.toString();
    });
    expect(answer).toBe('hello\n');
  });

  test('ten megabytes each way arrive as they were', () => {
    const { loop } = realLoop();
    const data = Buffer.alloc(10_000_000, pattern);
    const received = withServer(loop, echo, (port) => exchange(port, data));
    expect(received.equals(data)).toBe(true);
  });

  test('many connections at once', () => {
    const { loop } = realLoop();
    const data = Buffer.alloc(40_000, pattern);
    const all = withServer(loop, echo, function* (port) {
      return yield* gather(Array.from({ length: 20 }, () => exchange(port, data)));
    });
    expect(all.every((each) => each.equals(data))).toBe(true);
  });

  test('small writes in a row arrive in order', () => {
    const { loop } = realLoop();
    const received = withServer(loop, echo, function* (port) {
      const [reader, writer] = yield* connect(port);
      for (let i = 0; i < 1000; i++) writer.write(text(`${i} `));
      writer.writeLines([text('a'), text('b'), text('\n')]);
      const line = yield* reader.readLine();
      writer.close();
      return line.toString();
    });
    expect(received).toBe(`${Array.from({ length: 1000 }, (_, i) => i).join(' ')} ab\n`);
  });

  test('what is known of a connection', () => {
    const { loop } = realLoop();
    const ssl = clientContext({ ALPNProtocols: ['h2'] });
    const known = withServer(
      loop,
      echo,
      function* (port) {
        const [, writer] = yield* connect(port, { ssl });
        const info = writer.getExtraInfo('sslObject');
        const facts = {
          context: writer.getExtraInfo('sslcontext') === ssl,
          subject: writer.getExtraInfo('peercert')?.subject.CN,
          cipher: writer.getExtraInfo('cipher')?.[2],
          compression: writer.getExtraInfo('compression'),
          port: (writer.getExtraInfo('peername') as [string, number])[1] === port,
          alpn: info?.selectedAlpnProtocol(),
          isInfo: info instanceof SSLInfo,
          authorized: info?.authorized,
          chain: info?.getVerifiedChain().map((der) => new X509Certificate(der).subject),
        };
        writer.close();
        yield* writer.waitClosed();
        return facts;
      },
      { ssl: serverContext({ ALPNProtocols: ['h2'] }) },
    );
    expect(known).toEqual({
      context: true,
      subject: 'server',
      cipher: 256,
      compression: null,
      port: true,
      alpn: 'h2',
      isInfo: true,
      authorized: true,
      chain: ['CN=server', 'CN=selectloop test authority'],
    });
  });

  test('a session is resumed', () => {
    const { loop } = realLoop();
    const ssl = clientContext();
    const visit = function* (port: number, session?: Uint8Array): Coroutine<[boolean, Buffer | null]> {
      const [reader, writer] = yield* connect(port, { ssl, session });
      yield* writer.write(text('x\n'));
      yield* reader.readLine();
      const info = writer.getExtraInfo('sslObject');
      const result: [boolean, Buffer | null] = [info?.sessionReused ?? false, info?.session ?? null];
      writer.close();
      yield* writer.waitClosed();
      return result;
    };
    const reused = withServer(loop, echo, function* (port) {
      const [first, session] = yield* visit(port);
      const [second] = yield* visit(port, session as Buffer);
      return [first, second];
    });
    expect(reused).toEqual([false, true]);
  });

  test("a client's certificate is required and known to the server", () => {
    const { loop } = realLoop();
    const seen: unknown[] = [];
    const handler = function* (reader: StreamReader, writer: StreamWriter): Coroutine<void> {
      seen.push(writer.getExtraInfo('peercert')?.subject.CN);
      yield* echo(reader, writer);
    };
    const ssl = serverContext({
      ca,
      requestCert: true,
    });
    const answers = withServer(
      loop,
      handler,
      function* (port) {
        const [reader, writer] = yield* connect(port, { ssl: clientContext(identity('client')) });
        yield* writer.write(text('x\n'));
        const line = yield* reader.readLine();
        writer.close();
        const [refusedReader] = yield* connect(port);
        return [line.toString(), (yield* failureOf(refusedReader.readLine())).code];
      },
      { ssl },
    );
    expect(answers[0]).toBe('x\n');
    expect(answers[1]).toMatch(/^ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED$|^ECONNRESET$/);
    expect(seen).toEqual(['client']);
  });

  test('a peer that never reads stops the writer, and is dropped', () => {
    const { loop } = realLoop();
    let sent = 0;
    const flood = function* (_reader: StreamReader, writer: StreamWriter): Coroutine<void> {
      const data = Buffer.alloc(65_536, pattern);
      for (;;) {
        yield* writer.write(data);
        sent += data.length;
      }
    };
    withServer(loop, flood, function* (port) {
      const [, writer] = yield* connect(port);
      writer.transport.pauseReading();
      let before = -1;
      while (before !== sent) {
        before = sent;
        yield* sleep(100);
      }
      writer.transport.abort();
    });
    expect(sent).toBeGreaterThan(65_536);
    expect(sent).toBeLessThan(40_000_000);
  });

  test('reading slowly loses nothing', () => {
    const { loop } = realLoop();
    const data = Buffer.alloc(3_000_000, pattern);
    const send = function* (_reader: StreamReader, writer: StreamWriter): Coroutine<void> {
      yield* writer.write(data);
      writer.close();
    };
    const received = withServer(loop, send, function* (port) {
      const [reader, writer] = yield* connect(port);
      const parts: Buffer[] = [];
      for (let part = yield* reader.read(100_000); part.length > 0; part = yield* reader.read(100_000)) {
        parts.push(part);
        yield* sleep(1);
      }
      writer.close();
      return Buffer.concat(parts);
    });
    expect(received.equals(data)).toBe(true);
  });
});
