/** StreamWriter and StreamReaderProtocol over a transport that only notes what it is told. */
import { describe, expect, test } from 'vitest';
import type { OSError } from '../../../src/base/errors.ts';
import { allTasks, type Coroutine, sleep, type Task } from '../../../src/index.ts';
import { type ClientConnected, StreamReaderProtocol } from '../../../src/streams/stream-protocol.ts';
import { StreamReader } from '../../../src/streams/stream-reader.ts';
import { StreamWriter } from '../../../src/streams/stream-writer.ts';
import type { Transport } from '../../../src/transports/transport.ts';
import { caught, virtualLoop } from '../loop/virtual-loop.ts';

class NotingTransport {
  readonly told: string[] = [];
  closing = false;

  write(data: Uint8Array): void {
    this.told.push(`write ${Buffer.from(data)}`);
  }

  writeLines(list: Iterable<Uint8Array>): void {
    this.told.push(`writeLines ${[...list].map((data) => Buffer.from(data)).join('|')}`);
  }

  writeEof(): void {
    this.told.push('writeEof');
  }

  canWriteEof(): boolean {
    return true;
  }

  close(): void {
    this.closing = true;
    this.told.push('close');
  }

  isClosing(): boolean {
    return this.closing;
  }

  getExtraInfo(name: string, fallback: unknown = null): unknown {
    return name === 'peername' ? ['10.0.0.1', 7] : fallback;
  }

  toString(): string {
    return '<noting transport>';
  }
}

function writerFixture(clientConnected?: ClientConnected) {
  const world = virtualLoop();
  const { loop } = world;
  const reader = new StreamReader({ loop });
  const protocol = new StreamReaderProtocol(reader, { loop, clientConnected });
  const noting = new NotingTransport();
  const transport = noting as unknown as Transport;
  const writer = new StreamWriter(transport, protocol, reader, loop);
  return { ...world, reader, protocol, transport, noting, writer };
}

const data = Buffer.from('data');

function* write(writer: StreamWriter): Coroutine<void> {
  yield* writer.write(data);
}

describe('writing', () => {
  test('goes to the transport, awaited or not', () => {
    const { loop, writer, noting } = writerFixture();
    writer.write(data);
    loop.run(function* () {
      yield* writer.write(Buffer.from('more'));
      yield* writer.writeLines([Buffer.from('a'), Buffer.from('b')]);
    });
    writer.writeEof();
    expect(noting.told).toEqual(['write data', 'write more', 'writeLines a|b', 'writeEof']);
    expect(writer.canWriteEof()).toBe(true);
    expect(writer.getExtraInfo('peername')).toEqual(['10.0.0.1', 7]);
    expect(writer.getExtraInfo('cipher', 'none')).toBe('none');
    expect(String(writer)).toBe('<StreamWriter <noting transport>>');
  });

  test('awaiting a write that flows does not suspend', () => {
    const { loop, writer } = writerFixture();
    const steps: string[] = [];
    loop.run(function* () {
      loop.callSoon(() => steps.push('callback'));
      for (let i = 0; i < 3; i++) yield* writer.write(data);
      steps.push('written');
      yield* sleep(0);
    });
    expect(steps).toEqual(['written', 'callback']);
  });

  test('awaiting a write waits while the transport is paused; several may', () => {
    const { loop, writer, protocol } = writerFixture();
    protocol.pauseWriting();
    loop.callLater(20, () => protocol.resumeWriting());
    const startMs = loop.time();
    const others = [loop.createTask(writer.drain()), loop.createTask(write(writer))];
    loop.run(write(writer));
    expect(loop.time() - startMs).toBeGreaterThanOrEqual(20);
    for (const other of others) loop.run(settled(other));
    loop.run(write(writer));
  });

  test('a drain that is cancelled does not disturb the others', () => {
    const { loop, writer, protocol } = writerFixture();
    protocol.pauseWriting();
    const first = loop.createTask(writer.drain());
    const second = loop.createTask(writer.drain());
    loop.callLater(5, () => first.cancel());
    loop.callLater(10, () => protocol.resumeWriting());
    expect(caught(() => loop.run(settled(first))).name).toBe('CancelledError');
    loop.run(settled(second));
  });

  test('tryWrite leaves it where the peer is too slow', () => {
    const { writer, protocol, noting } = writerFixture();
    expect(writer.tryWrite(data)).toBe(true);
    protocol.pauseWriting();
    expect(writer.tryWrite(data)).toBe(false);
    protocol.resumeWriting();
    writer.close();
    expect(writer.tryWrite(data)).toBe(false);
    expect(noting.told).toEqual(['write data', 'close']);
  });
});

describe('the end', () => {
  test('who waits for room hears of the error that ended the connection', () => {
    const { loop, writer, protocol } = writerFixture();
    const reset = new Error('reset');
    protocol.pauseWriting();
    loop.callLater(5, () => protocol.connectionLost(reset));
    expect(caught(() => loop.run(writer.drain()))).toBe(reset);
    expect(caught(() => loop.run(write(writer)))).toBe(reset);
    expect(caught(() => loop.run(writer.waitClosed()))).toBe(reset);
  });

  test('an end without an error ends waits; later writes are told', () => {
    const { loop, writer, protocol } = writerFixture();
    protocol.pauseWriting();
    loop.callLater(5, () => protocol.connectionLost(null));
    loop.run(writer.drain());
    const error = caught(() => loop.run(write(writer))) as OSError;
    expect([error.code, error.syscall]).toEqual(['ECONNRESET', 'write']);
    loop.run(writer.waitClosed());
  });

  test('a loop of writes to a closing transport gets to hear of it', () => {
    const { loop, writer, protocol } = writerFixture();
    writer.close();
    expect(writer.isClosing()).toBe(true);
    loop.callSoon(() => protocol.connectionLost(null));
    const error = caught(() =>
      loop.run(function* () {
        for (;;) yield* writer.write(data);
      }),
    ) as OSError;
    expect(error.code).toBe('ECONNRESET');
  });

  test('an end that nobody waits for is reported to nobody', () => {
    const { loop, protocol, takeReports } = writerFixture();
    protocol.connectionLost(new Error('reset'));
    loop.run(sleep(5000));
    expect(takeReports()).toEqual([]);
  });

  test('cancelling who waits for the end does not end it for others', () => {
    const { loop, writer, protocol } = writerFixture();
    const first = loop.createTask(writer.waitClosed());
    loop.callLater(5, () => first.cancel());
    expect(caught(() => loop.run(settled(first))).name).toBe('CancelledError');
    loop.callLater(5, () => protocol.connectionLost(null));
    loop.run(writer.waitClosed());
  });

  test('using closes', () => {
    const { writer, noting } = writerFixture();
    writer[Symbol.dispose]();
    expect(noting.told).toEqual(['close']);
  });

  test('the reader hears of data, end and errors', () => {
    const { loop, reader, protocol } = writerFixture();
    protocol.dataReceived(Buffer.from('abc'));
    expect(protocol.eofReceived()).toBe(true);
    expect(loop.run(reader.read()).toString()).toBe('abc');
    protocol.connectionLost(new Error('reset'));
    expect(reader.exception()?.message).toBe('reset');
  });
});

describe('handlers', () => {
  test('a coroutine function runs as a task, until it ends', () => {
    const { loop, protocol, transport, noting } = writerFixture(function* (reader, writer) {
      yield* writer.write(yield* reader.readLine());
    });
    protocol.connectionMade(transport);
    protocol.dataReceived(Buffer.from('hi\n'));
    loop.run(sleep(1));
    expect(noting.told).toEqual(['write hi\n']);
  });

  test('a plain function is called', () => {
    const seen: unknown[] = [];
    const { protocol, transport, reader } = writerFixture((given) => seen.push(given));
    protocol.connectionMade(transport);
    expect(seen.length === 1 && seen[0] === reader).toBe(true);
  });

  test.each([
    [
      'a coroutine that fails',
      function* (): Coroutine<void> {
        yield* sleep(1);
        throw new Error('oops');
      },
    ],
    [
      'a function that throws',
      () => {
        throw new Error('oops');
      },
    ],
  ])('%s is reported once, and its connection closed', (_what, handler) => {
    const { loop, protocol, transport, noting, takeReports } = writerFixture(handler);
    protocol.connectionMade(transport);
    loop.run(sleep(5000));
    const reports = takeReports();
    expect(reports.map(({ message, exception }) => [message, (exception as Error).message])).toEqual([
      ['Unhandled exception in client_connected callback', 'oops'],
    ]);
    expect(reports[0]?.transport).toBe(transport);
    expect(noting.told).toEqual(['close']);
  });

  test('an async function is told what it should be', () => {
    const { protocol, transport, noting, takeReports } = writerFixture(() => Promise.resolve());
    protocol.connectionMade(transport);
    expect(String(takeReports()[0]?.exception)).toMatch(/async .* Promise/);
    expect(noting.told).toEqual(['close']);
  });

  test('a handler that is cancelled closes its connection, in silence', () => {
    const { loop, protocol, transport, noting } = writerFixture(() => sleep(1000));
    protocol.connectionMade(transport);
    loop.callLater(5, () => {
      for (const task of allTasks(loop)) if (task.getName() === 'handler') task.cancel();
    });
    for (const task of allTasks(loop)) task.setName('handler');
    loop.run(sleep(10));
    expect(noting.told).toEqual(['close']);
  });

  test.each(['first', 'last'])(
    'a handler has ended, and the peer too: the connection is closed (end comes %s)',
    (when) => {
      const { loop, protocol, transport, noting } = writerFixture(() => sleep(10));
      protocol.connectionMade(transport);
      loop.callLater(when === 'first' ? 5 : 15, () => {
        if (!protocol.eofReceived()) noting.told.push('closed by the transport');
      });
      loop.run(sleep(20));
      expect(noting.told).toEqual([when === 'first' ? 'close' : 'closed by the transport']);
    },
  );
});

function* settled<T>(task: Task<T>): Coroutine<T> {
  return yield* task;
}
