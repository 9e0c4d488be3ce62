/** TLS on connections that are there already: STARTTLS, TLS within TLS, accepted sockets. */
import { describe, expect, test } from 'vitest';
import { type Coroutine, Protocol, sleep } from '../../../src/index.ts';
import { openConnection } from '../../../src/streams/open-connection.ts';
import { startServer } from '../../../src/streams/start-server.ts';
import type { StreamReader } from '../../../src/streams/stream-reader.ts';
import type { StreamWriter } from '../../../src/streams/stream-writer.ts';
import type { Transport } from '../../../src/transports/transport.ts';
import { failureOf } from '../../support/failure-of.ts';
import { pair, realLoop } from '../loop/real-loop.ts';
import { clientContext, echo, portOf, serverContext, text } from './secure-loop.ts';

/** Keeps what it is told. */
class Recorder extends Protocol {
  readonly calls: string[] = [];
  data = Buffer.alloc(0);
  override connectionMade(): void {
    this.calls.push('made');
  }
  override dataReceived(data: Buffer): void {
    this.data = Buffer.concat([this.data, data]);
  }
  override eofReceived(): boolean {
    this.calls.push('eof');
    return false;
  }
  override connectionLost(error: Error | null): void {
    this.calls.push(error === null ? 'lost' : `lost: ${error.message}`);
  }
  override pauseWriting(): void {
    this.calls.push('pause');
  }
  override resumeWriting(): void {
    this.calls.push('resume');
  }
}

function* until(condition: () => boolean): Coroutine<void> {
  for (let turn = 0; turn < 2000 && !condition(); turn++) yield* sleep(2);
  if (!condition()) throw new Error('it did not come about');
}

describe('STARTTLS with streams', () => {
  const mail = (ssl: ReturnType<typeof serverContext>) =>
    function* (reader: StreamReader, writer: StreamWriter): Coroutine<void> {
      yield* writer.write(text(`hello ${yield* reader.readLine()}`));
      yield* reader.readLine();
      yield* writer.write(text('go ahead\n'));
      yield* writer.startTls(ssl);
      yield* echo(reader, writer);
    };

  test('plain before, secret after', () => {
    const { loop } = realLoop();
    const ssl = serverContext();
    const trust = clientContext();
    const answers = loop.run(function* () {
      const server = yield* startServer(mail(ssl), { host: '127.0.0.1', port: 0 });
      const [reader, writer] = yield* openConnection({ host: '127.0.0.1', port: portOf(server) });
      yield* writer.write(text('me\n'));
      const hello = yield* reader.readLine();
      yield* writer.write(text('STARTTLS\n'));
      const goAhead = yield* reader.readLine();
      yield* writer.startTls(trust, { serverHostname: 'localhost' });
      yield* writer.write(text('secret\n'));
      const secret = yield* reader.readLine();
      const subject = writer.getExtraInfo('peercert')?.subject.CN;
      writer.close();
      yield* writer.waitClosed();
      yield* server.shutdown({ graceMs: 100 });
      return [hello, goAhead, secret, subject].map(String);
    });
    expect(answers).toEqual(['hello me\n', 'go ahead\n', 'secret\n', 'server']);
  });

  test('bytes that came before TLS are not taken for the other side', () => {
    const { loop } = realLoop();
    const inject = function* (reader: StreamReader, writer: StreamWriter): Coroutine<void> {
      yield* writer.write(text('go ahead\ninjected\n'));
      yield* reader.read();
      writer.close();
    };
    const trust = clientContext();
    const error = loop.run(function* () {
      const server = yield* startServer(inject, { host: '127.0.0.1', port: 0 });
      const [reader, writer] = yield* openConnection({ host: '127.0.0.1', port: portOf(server) });
      yield* reader.readLine();
      const failure = yield* failureOf(writer.startTls(trust, { serverHostname: 'localhost' }));
      writer.close();
      yield* server.shutdown({ graceMs: 0 });
      return failure;
    });
    expect(error.message).toMatch(/^startTls: 9 bytes that were received before TLS have not been read$/);
  });
});

describe('loop.startTls', () => {
  /** Two transports with recorders, connected, and TLS on both. */
  const connectedPair = function* (
    loop: ReturnType<typeof realLoop>['loop'],
  ): Coroutine<{ here: Recorder; there: Recorder; client: Transport; server: Transport }> {
    const [left, right] = pair();
    const here = new Recorder();
    const there = new Recorder();
    const [clientBelow] = yield* loop.createConnection(() => here, { sock: left });
    const [serverBelow] = yield* loop.createConnection(() => there, { sock: right });
    const serving = loop.createTask(loop.startTls(serverBelow, there, serverContext(), { serverSide: true }));
    const client = yield* loop.startTls(clientBelow, here, clientContext(), { serverHostname: 'localhost' });
    return { here, there, client, server: yield* serving };
  };

  test('connectionMade is not called again, the rest is', () => {
    const { loop } = realLoop();
    const [here, there] = loop.run(function* () {
      const { here, there, client, server } = yield* connectedPair(loop);
      client.write(text('to the server'));
      server.writeLines([text('to '), text('the '), text('client')]);
      yield* until(() => here.data.length === 13 && there.data.length === 13);
      client.close();
      yield* until(() => here.calls.includes('lost') && there.calls.includes('lost'));
      return [here, there];
    });
    expect([here?.data.toString(), there?.data.toString()]).toEqual(['to the client', 'to the server']);
    expect([here?.calls, there?.calls]).toEqual([
      ['made', 'lost'],
      ['made', 'eof', 'lost'],
    ]);
  });

  test('flow control reaches through both layers, and nothing stalls', () => {
    const { loop } = realLoop();
    const data = Buffer.alloc(300_000, 'flow');
    const calls = loop.run(function* () {
      const { here, there, client, server } = yield* connectedPair(loop);
      for (const limits of [{}, { high: 0 }, { high: 200_000, low: 100_000 }]) {
        there.data = Buffer.alloc(0);
        here.calls.length = 0;
        client.setWriteBufferLimits(limits);
        server.pauseReading();
        // Until the pipe and all queues are full.
        let written = 0;
        while (!here.calls.includes('pause')) {
          client.write(data);
          written += data.length;
          yield* sleep(1);
        }
        for (let i = 0; i < 3; i++, written += data.length) client.write(data);
        expect(client.getWriteBufferSize()).toBeGreaterThan(0);
        server.resumeReading();
        yield* until(() => there.data.length === written && here.calls.at(-1) === 'resume');
        expect(here.calls).toEqual(['pause', 'resume']);
        expect(client.getWriteBufferSize()).toBe(0);
      }
      client.abort();
      server.abort();
      yield* until(() => here.calls.some((call) => call.startsWith('lost')));
      yield* until(() => there.calls.some((call) => call.startsWith('lost')));
      return here.calls;
    });
    expect(calls.at(-1)).toBe('lost');
  });

  test('a paused protocol gets nothing, not even the end', () => {
    const { loop } = realLoop();
    loop.run(function* () {
      const { here, there, client, server } = yield* connectedPair(loop);
      client.pauseReading();
      expect(client.isReading()).toBe(false);
      server.write(Buffer.alloc(100_000, 'x'));
      server.close();
      yield* sleep(50);
      expect([here.data.length, here.calls]).toEqual([0, ['made']]);
      client.resumeReading();
      yield* until(() => here.calls.includes('lost') && there.calls.includes('lost'));
      expect(here.data.length).toBe(100_000);
      expect(here.calls).toEqual(['made', 'eof', 'lost']);
    });
  });

  test('TLS within TLS', () => {
    const { loop } = realLoop();
    const data = Buffer.alloc(1_000_000, 'nested');
    loop.run(function* () {
      const { here, there, client, server } = yield* connectedPair(loop);
      const serving = loop.createTask(loop.startTls(server, there, serverContext(), { serverSide: true }));
      const inner = yield* loop.startTls(client, here, clientContext(), { serverHostname: 'localhost' });
      const innerServer = yield* serving;
      inner.write(data);
      innerServer.write(data);
      yield* until(() => here.data.length === data.length && there.data.length === data.length);
      expect([here.data.equals(data), there.data.equals(data)]).toEqual([true, true]);
      inner.close();
      yield* until(() => here.calls.includes('lost') && there.calls.includes('lost'));
    });
  });

  test('a failed handshake closes the connection and leaves the error to the caller', () => {
    const { loop } = realLoop();
    loop.run(function* () {
      const [left, right] = pair();
      const here = new Recorder();
      const there = new Recorder();
      const [below] = yield* loop.createConnection(() => here, { sock: left });
      const [other] = yield* loop.createConnection(() => there, { sock: right });
      other.write(text('this is not TLS at all'));
      const error = yield* failureOf(
        loop.startTls(below, here, clientContext(), { serverHostname: 'localhost' }),
      );
      expect(error).toMatchObject({ name: 'SSLError', code: 'ERR_SSL_WRONG_VERSION_NUMBER' });
      expect(below.isClosing()).toBe(true);
      yield* until(() => there.calls.some((call) => call.startsWith('lost')));
      // It had been told of the connection before TLS, so it is told of its end.
      expect(here.calls[0]).toBe('made');
      expect(here.calls[1]).toMatch(/^lost: .*wrong version number/);
    });
  });

  test('a transport is needed, and one that is open', () => {
    const { loop } = realLoop();
    loop.run(function* () {
      const [left] = pair();
      const here = new Recorder();
      expect((yield* failureOf(loop.startTls({} as Transport, here, clientContext()))).message).toMatch(
        /startTls: a transport for both directions is needed/,
      );
      const [below] = yield* loop.createConnection(() => here, { sock: left });
      below.close();
      expect((yield* failureOf(loop.startTls(below, here, clientContext()))).message).toMatch(/is closed/);
      yield* sleep(5);
    });
  });
});

test('an accepted socket can be served with TLS', () => {
  const { loop } = realLoop();
  loop.run(function* () {
    const [left, right] = pair();
    const there = new Recorder();
    const accepting = loop.createTask(
      loop.connectAcceptedSocket(() => there, right, { ssl: serverContext() }),
    );
    const [reader, writer] = yield* openConnection({
      sock: left,
      ssl: clientContext(),
      serverHostname: 'localhost',
    });
    const [transport] = yield* accepting;
    yield* writer.write(text('hi'));
    yield* until(() => there.data.toString() === 'hi');
    transport.close();
    expect(yield* reader.read()).toHaveLength(0);
    writer.close();
    yield* writer.waitClosed();
    yield* until(() => there.calls.includes('lost'));
  });
});
