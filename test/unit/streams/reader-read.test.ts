/** StreamReader: read, readExactly, ends and errors. */
import { describe, expect, test } from 'vitest';
import { IncompleteReadError } from '../../../src/base/errors.ts';
import { createTask, sleep } from '../../../src/index.ts';
import { StreamReader } from '../../../src/streams/stream-reader.ts';
import { caught, virtualLoop } from '../loop/virtual-loop.ts';
import { readerFixture } from './reader-fixture.ts';

describe('read', () => {
  test('gives what there is, up to what was asked for', () => {
    const { loop, reader, feed } = readerFixture();
    feed('abcdef');
    expect(loop.run(reader.read(4)).toString()).toBe('abcd');
    expect(loop.run(reader.read(4)).toString()).toBe('ef');
  });

  test('0 bytes are there at once', () => {
    const { loop, reader, feed } = readerFixture();
    expect(loop.run(reader.read(0))).toHaveLength(0);
    feed('x');
    expect(loop.run(reader.read(0))).toHaveLength(0);
    expect(loop.run(reader.read(1)).toString()).toBe('x');
  });

  test('unreadByteCount is what is left', () => {
    const { loop, reader, feed } = readerFixture();
    expect(reader.unreadByteCount).toBe(0);
    feed('one\ntw');
    expect(reader.unreadByteCount).toBe(6);
    loop.run(reader.readLine());
    expect(reader.unreadByteCount).toBe(2);
    feed('o');
    reader.feedEof();
    expect(reader.unreadByteCount).toBe(3);
    loop.run(reader.read());
    expect(reader.unreadByteCount).toBe(0);
  });

  test('waits for the first byte', () => {
    const { loop, reader, feed } = readerFixture();
    loop.callLater(10, () => feed('late'));
    expect(loop.run(reader.read(100)).toString()).toBe('late');
    expect(loop.time()).toBeGreaterThanOrEqual(1010);
  });

  test('gives nothing at the end of the stream, also when it comes meanwhile', () => {
    const { loop, reader } = readerFixture();
    loop.callLater(10, () => reader.feedEof());
    expect(loop.run(reader.read(100))).toHaveLength(0);
    expect(loop.run(reader.read(100))).toHaveLength(0);
  });

  test('without a number it gives all to the end, more than the limit too', () => {
    const { loop, reader, feed } = readerFixture(3);
    feed('chunk one, ');
    loop.callLater(5, () => feed('chunk two'));
    loop.callLater(10, () => reader.feedEof());
    expect(loop.run(reader.read()).toString()).toBe('chunk one, chunk two');
    expect(loop.run(reader.read(-1))).toHaveLength(0);
  });

  test('pieces that were read are not written to again', () => {
    const { loop, reader, feed } = readerFixture();
    feed('aa');
    feed('bb');
    const first = loop.run(reader.read(2));
    feed('cc');
    feed('d'.repeat(10_000));
    const second = loop.run(reader.read(4));
    expect([first.toString(), second.toString()]).toEqual(['aa', 'bbcc']);
    second.fill('x');
    expect(loop.run(reader.read(3)).toString()).toBe('ddd');
  });

  test('takes what the protocol was given, as it is', () => {
    const { loop, reader } = readerFixture();
    const data = Buffer.from('whole');
    reader.feedData(data);
    expect(loop.run(reader.read(100))).toBe(data);
    reader.feedData(new Uint8Array([1, 2]));
    expect(loop.run(reader.read(100))).toEqual(Buffer.of(1, 2));
  });

  test.each([1.5, Number.NaN, '3', null])('%j is no number of bytes', (count) => {
    const { reader } = readerFixture();
    expect(() => reader.read(count as number)).toThrow(TypeError);
  });
});

describe('readExactly', () => {
  test('waits until there is enough, beyond the limit if need be', () => {
    const { loop, reader, feed } = readerFixture(3);
    for (let i = 0; i < 10; i++) loop.callLater(i, () => feed('0123456789'));
    expect(loop.run(reader.readExactly(95)).toString()).toBe('0123456789'.repeat(10).slice(0, 95));
    expect(loop.run(reader.read(100)).toString()).toBe('56789');
  });

  test('0 is nothing, less is a mistake', () => {
    const { loop, reader } = readerFixture();
    expect(loop.run(reader.readExactly(0))).toHaveLength(0);
    expect(() => reader.readExactly(-1)).toThrow(RangeError);
  });

  test('an end that comes before tells what there was, and takes it', () => {
    const { loop, reader, feed } = readerFixture();
    feed('abc');
    loop.callLater(5, () => reader.feedEof());
    const error = caught(() => loop.run(reader.readExactly(10))) as IncompleteReadError;
    expect(error).toBeInstanceOf(IncompleteReadError);
    expect([error.partial.toString(), error.expected]).toEqual(['abc', 10]);
    expect(error.message).toBe('3 bytes read on a total of 10 expected bytes');
    expect(reader.atEof()).toBe(true);
  });
});

describe('ends and errors', () => {
  test('atEof is true when the end was told and all is read', () => {
    const { loop, reader, feed } = readerFixture();
    feed('some');
    expect(reader.atEof()).toBe(false);
    reader.feedEof();
    expect(reader.atEof()).toBe(false);
    loop.run(reader.read());
    expect(reader.atEof()).toBe(true);
  });

  test('bytes after the end are a mistake of the protocol', () => {
    const { reader } = readerFixture();
    reader.feedEof();
    expect(() => reader.feedData(Buffer.from('x'))).toThrow('feedData() after feedEof()');
  });

  test('so is text, before which the stream is as it was', () => {
    const { loop, reader, feed } = readerFixture();
    expect(() => reader.feedData('text' as never)).toThrow(
      "StreamReader.feedData: expected a Uint8Array as data, got 'text'; for text write Buffer.from(text)",
    );
    feed('bytes');
    reader.feedEof();
    expect(String(loop.run(reader.read()))).toBe('bytes');
  });

  test('an error is thrown to who waits, and to all who come', () => {
    const { loop, reader, feed } = readerFixture();
    const error = new Error('reset');
    loop.callLater(5, () => reader.setException(error));
    expect(reader.exception()).toBe(null);
    expect(caught(() => loop.run(reader.read(10)))).toBe(error);
    expect(reader.exception()).toBe(error);
    feed('too late');
    for (const read of [reader.read(1), reader.read(), reader.readExactly(1), reader.readLine()]) {
      expect(caught(() => loop.run(read))).toBe(error);
    }
  });

  test('an error that nobody reads is nobody’s to report', () => {
    const { loop, reader, takeReports } = readerFixture();
    reader.setException(new Error('unseen'));
    loop.run(sleep(5000));
    expect(takeReports()).toEqual([]);
  });

  test('a read that is cancelled takes nothing, and the next one may wait', () => {
    const { loop, reader, feed } = readerFixture();
    const first = loop.createTask(reader.read(10));
    loop.callLater(5, () => first.cancel());
    expect(caught(() => loop.run(waitFor(first))).name).toBe('CancelledError');
    loop.callLater(5, () => feed('kept'));
    expect(loop.run(reader.read(10)).toString()).toBe('kept');
  });

  test('bytes that come in the pass of the cancellation stay', () => {
    const { loop, reader, feed } = readerFixture();
    const first = loop.createTask(reader.read(10));
    loop.callLater(5, () => {
      first.cancel();
      feed('kept');
    });
    expect(caught(() => loop.run(waitFor(first))).name).toBe('CancelledError');
    expect(loop.run(reader.read(10)).toString()).toBe('kept');
  });

  test('two cannot wait at once', () => {
    const { loop, reader } = readerFixture();
    loop.run(function* () {
      const first = createTask(reader.read(10));
      yield* sleep(1);
      const error = yield* failureOf(reader.readLine());
      expect(error.message).toBe(
        'readLine() called while another coroutine is already waiting for incoming data',
      );
      first.cancel();
      yield* failureOf(first);
    });
  });

  test('a read is a coroutine: it begins when it is awaited', () => {
    const { loop, reader, feed } = readerFixture();
    const read = reader.read(2);
    feed('abcd');
    expect(loop.run(reader.read(2)).toString()).toBe('ab');
    expect(loop.run(read).toString()).toBe('cd');
  });

  test('limits must be positive, and a loop there', () => {
    const { loop } = virtualLoop();
    for (const limit of [0, -1, Number.NaN]) {
      expect(() => new StreamReader({ limit, loop })).toThrow(RangeError);
    }
    expect(() => new StreamReader()).toThrow('no event loop is running');
    loop.run(function* () {
      new StreamReader();
      yield* sleep(0);
    });
  });

  test('a task that waits says for what', () => {
    const { loop, reader } = readerFixture(100);
    const task = loop.createTask(reader.readLine(), { name: 'lines' });
    loop.run(sleep(1));
    expect(String(task)).toContain('readLine() of <StreamReader limit=100 waiting=readLine>');
    reader.feedEof();
    loop.run(waitFor(task));
  });
});

function* waitFor<T>(task: import('../../../src/index.ts').Task<T>) {
  return yield* task;
}

function* failureOf(awaitable: import('../../../src/index.ts').Awaitable<unknown>) {
  try {
    yield* awaitable;
  } catch (error) {
    return error as Error;
  }
  throw new Error('nothing was thrown');
}
