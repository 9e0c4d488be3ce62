/** StreamReader: readLine, readUntil, lines, and the limit. */
import { describe, expect, test } from 'vitest';
import { type IncompleteReadError, LimitOverrunError } from '../../../src/base/errors.ts';
import { caught } from '../loop/virtual-loop.ts';
import { readerFixture } from './reader-fixture.ts';

const bytes = (text: string): Buffer => Buffer.from(text);

describe('readLine', () => {
  test('gives a line with its newline, whatever parts it came in', () => {
    const { loop, reader, feed } = readerFixture();
    feed('chunk1 ');
    for (const [ms, text] of [
      [1, 'chunk2 '],
      [2, 'chunk3 \n chu'],
      [3, 'nk4\n\n'],
    ] as const) {
      loop.callLater(ms, () => feed(text));
    }
    const lines = [1, 2, 3].map(() => loop.run(reader.readLine()).toString());
    expect(lines).toEqual(['chunk1 chunk2 chunk3 \n', ' chunk4\n', '\n']);
  });

  test('gives what is left at the end, then nothing', () => {
    const { loop, reader, feed } = readerFixture();
    feed('some data');
    reader.feedEof();
    expect(loop.run(reader.readLine()).toString()).toBe('some data');
    expect(loop.run(reader.readLine())).toHaveLength(0);
  });

  test('a line that is too long is dropped up to its newline, and the next one is whole', () => {
    const { loop, reader, feed } = readerFixture(3);
    feed('line1\nab\n');
    const error = caught(() => loop.run(reader.readLine())) as LimitOverrunError;
    expect(error).toBeInstanceOf(LimitOverrunError);
    expect(error.consumed).toBe(5);
    expect(loop.run(reader.readLine()).toString()).toBe('ab\n');
  });

  test('a line that is too long already, without its newline, is dropped as far as it has come', () => {
    const { loop, reader, feed } = readerFixture(3);
    loop.callLater(1, () => feed('chun'));
    loop.callLater(2, () => feed('k1\nrest\n'));
    expect(caught(() => loop.run(reader.readLine()))).toBeInstanceOf(LimitOverrunError);
    expect(loop.run(reader.readLine()).toString()).toBe('k1\n');
  });

  test('the limit counts the line without its newline', () => {
    const { loop, reader, feed } = readerFixture(5);
    feed('12345\n123456\n');
    expect(loop.run(reader.readLine()).toString()).toBe('12345\n');
    expect(caught(() => loop.run(reader.readLine()))).toBeInstanceOf(LimitOverrunError);
  });
});

describe('readUntil', () => {
  test('a separator may come in parts', () => {
    const { loop, reader, feed } = readerFixture();
    for (const [i, text] of ['QW', 'ER', 'some dataS', 'E', 'P', 'more'].entries()) {
      loop.callLater(i, () => feed(text));
    }
    expect(loop.run(reader.readUntil(bytes('SEP'))).toString()).toBe('QWERsome dataSEP');
    expect(loop.run(reader.read(10)).toString()).toBe('more');
  });

  test.each([
    ['aaaXaaaaX', 'aaaaX', 'aaaXaaaaX'],
    ['xxaab', 'ab', 'xxaab'],
    ['\r\r\n', '\r\n', '\r\r\n'],
  ])('%j has %j only where all of it is', (text, separator, expected) => {
    const { loop, reader, feed } = readerFixture();
    for (const [i, letter] of text.split('').entries()) loop.callLater(i, () => feed(letter));
    expect(loop.run(reader.readUntil(bytes(separator))).toString()).toBe(expected);
  });

  test('of several separators the one that ends first counts, of those the shortest', () => {
    const { loop, reader, feed } = readerFixture();
    const separators = ['\n\n\n', '\r\n', 'xyz'].map(bytes);
    feed('a\n\n\nb\r\ncxyzd');
    const parts = [1, 2, 3].map(() => loop.run(reader.readUntil(separators)).toString());
    expect(parts).toEqual(['a\n\n\n', 'b\r\n', 'cxyz']);
    feed('\n\r\n');
    expect(loop.run(reader.readUntil([bytes('\r\n'), bytes('\n')])).toString()).toBe('d\n');
  });

  test('separators of different lengths, over parts', () => {
    const { loop, reader, feed } = readerFixture();
    feed('data');
    loop.callLater(1, () => feed('z'));
    expect(loop.run(reader.readUntil([bytes('ab'), bytes('long separator'), bytes('z')])).toString()).toBe(
      'dataz',
    );
  });

  test('an end before the separator tells what there was', () => {
    const { loop, reader, feed } = readerFixture();
    feed('some dataSE');
    reader.feedEof();
    const error = caught(() => loop.run(reader.readUntil(bytes('SEP')))) as IncompleteReadError;
    expect([error.name, error.partial.toString(), error.expected]).toEqual([
      'IncompleteReadError',
      'some dataSE',
      null,
    ]);
    expect(reader.atEof()).toBe(true);
  });

  test('a whole message before the end is a message', () => {
    const { loop, reader, feed } = readerFixture();
    feed('messageSEP');
    reader.feedEof();
    expect(loop.run(reader.readUntil(bytes('SEP'))).toString()).toBe('messageSEP');
  });

  test.each([
    ['some dataAA', 'not found', 9],
    ['some dataAAA', 'found', 9],
  ])('over the limit the bytes of %j stay (separator %s)', (text, _found, consumed) => {
    const { loop, reader, feed } = readerFixture(3);
    feed(text);
    const error = caught(() => loop.run(reader.readUntil(bytes('AAA')))) as LimitOverrunError;
    expect(error).toBeInstanceOf(LimitOverrunError);
    expect(error.consumed).toBe(consumed);
    expect(loop.run(reader.read(100)).toString()).toBe(text);
  });

  test.each([[''], [[]], [['', 'a']]])('%j is no separator', (separator) => {
    const { reader } = readerFixture();
    const given = typeof separator === 'string' ? bytes(separator) : separator.map(bytes);
    expect(() => reader.readUntil(given)).toThrow(RangeError);
  });

  test('text is no separator', () => {
    const { reader } = readerFixture();
    expect(() => reader.readUntil('\n' as unknown as Buffer)).toThrow(/Buffer\.from/);
  });

  test('one byte at a time costs no more than its share', () => {
    const { loop, reader } = readerFixture(1 << 20);
    const one = Buffer.from('x');
    for (let i = 0; i < 200_000; i++) reader.feedData(one);
    reader.feedData(Buffer.from('\n'));
    expect(loop.run(reader.readLine())).toHaveLength(200_001);
  });
});

describe('lines', () => {
  test('goes through all lines, with a coroutine or a plain function', () => {
    const { loop, reader, feed } = readerFixture();
    feed('a\nb\n');
    loop.callLater(5, () => feed('c'));
    loop.callLater(6, () => reader.feedEof());
    const seen: string[] = [];
    loop.run(
      reader.lines(function* (line) {
        yield* [];
        seen.push(line.toString());
      }),
    );
    expect(seen).toEqual(['a\n', 'b\n', 'c']);
    expect(loop.run(reader.lines(() => seen.push('none')))).toBeUndefined();
    expect(seen).toHaveLength(3);
  });

  test('what the body throws ends it', () => {
    const { loop, reader, feed } = readerFixture();
    feed('a\nb\n');
    const failing = reader.lines(() => {
      throw new Error('enough');
    });
    expect(caught(() => loop.run(failing)).message).toBe('enough');
    expect(loop.run(reader.readLine()).toString()).toBe('b\n');
  });
});

describe('slowing the sender down', () => {
  test('more than twice the limit pauses the transport, the limit resumes it', () => {
    const { loop, reader, feed, told } = readerFixture(4);
    feed('12345678');
    expect(told).toEqual([]);
    feed('9');
    feed('0');
    expect(told).toEqual(['pause']);
    loop.run(reader.read(5));
    expect(told).toEqual(['pause']);
    loop.run(reader.read(1));
    expect(told).toEqual(['pause', 'resume']);
  });

  test('who waits for more than the limit gets it: waiting resumes the transport', () => {
    const { loop, reader, feed, told } = readerFixture(4);
    feed('123456789');
    loop.callLater(1, () => feed('0'));
    expect(loop.run(reader.readExactly(10)).toString()).toBe('1234567890');
    expect(told).toEqual(['pause', 'resume', 'pause', 'resume']);
  });

  test('a transport that cannot pause is let be', () => {
    const { loop, reader } = readerFixture(1);
    Object.assign(reader, { transport: {} });
    reader.feedData(Buffer.from('1234567'));
    expect(loop.run(reader.read(100)).toString()).toBe('1234567');
  });

  test('one transport only', () => {
    const { reader } = readerFixture();
    expect(() => reader.setTransport({} as never)).toThrow('already');
  });
});

describe('many lines in one piece', () => {
  test('are cut where they are, in memory that begins elsewhere too, and their memory is that of the piece', () => {
    const { loop, reader } = readerFixture();
    const memory = Buffer.from('....a\nbb\n\nrest....');
    const piece = memory.subarray(4, 14);
    reader.feedData(piece);
    reader.feedEof();
    const lines: Buffer[] = [];
    loop.runUntilComplete(reader.lines((line) => void lines.push(line)));
    expect(lines.map(String)).toEqual(['a\n', 'bb\n', '\n', 'rest']);
    expect(lines.map(({ buffer }) => buffer === memory.buffer)).toEqual([true, true, true, true]);
  });

  test('what was handed out stays as it is when more comes behind a line that has only begun', () => {
    const { loop, reader, feed } = readerFixture();
    feed('one\ntw');
    const first = loop.runUntilComplete(reader.readLine());
    feed('o\nthree\nfo');
    const more = [loop.runUntilComplete(reader.readLine()), loop.runUntilComplete(reader.readLine())];
    feed('ur\n');
    more.push(loop.runUntilComplete(reader.readLine()));
    expect([first, ...more].map(String)).toEqual(['one\n', 'two\n', 'three\n', 'four\n']);
  });
});
