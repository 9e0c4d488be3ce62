/** StreamReader: what CPython 3.13 asks of it in test_streams, one row for each of its steps. */
import { describe, expect, it } from 'vitest';
import { type Coroutine, IncompleteReadError, LimitOverrunError } from '../../src/index.ts';
import type { StreamReader } from '../../src/streams/stream-reader.ts';
import { caught, onePass } from '../unit/loop/virtual-loop.ts';
import { type ReaderFixture, readerFixture } from '../unit/streams/reader-fixture.ts';

const DATA = 'line1\nline2\nline3\n';
const bytes = (text: string): Buffer => Buffer.from(text);

type Read = (reader: StreamReader) => Coroutine<Buffer>;

/**
 * A read of a reader that has been fed `before`, while which `during` comes. Undefined stands for the end.
 */
interface Row {
  readonly limit?: number;
  readonly before?: readonly (string | undefined)[];
  readonly during?: readonly (string | undefined)[];
  readonly read: Read;
  /** The bytes that it gives, or the error. */
  readonly gives: string | object;
  /** What is left in the reader. */
  readonly left?: string;
}

const line: Read = (reader) => reader.readLine();
const until =
  (...separators: string[]): Read =>
  (reader) =>
    reader.readUntil(separators.map(bytes));
const some =
  (count?: number): Read =>
  (reader) =>
    reader.read(count);
const exactly =
  (count: number): Read =>
  (reader) =>
    reader.readExactly(count);
const overrun = { name: 'LimitOverrunError' };

const rows: readonly (readonly [name: string, row: Row])[] = [
  ['feed_empty_data', { before: ['', 'x'], read: some(1), gives: 'x' }],
  ['feed_nonempty_data', { before: [DATA], read: some(0), gives: '', left: DATA }],
  ['read_zero', { before: [DATA], read: some(0), gives: '', left: DATA }],
  ['read', { during: [DATA], read: some(30), gives: DATA }],
  ['read_line_breaks', { before: ['line1', 'line2'], read: some(5), gives: 'line1', left: 'line2' }],
  ['read_eof', { during: [undefined], read: some(1024), gives: '' }],
  ['read_until_eof', { during: ['chunk1\n', 'chunk2', undefined], read: some(), gives: 'chunk1\nchunk2' }],
  ['read_limit', { limit: 3, before: ['chunk'], read: some(5), gives: 'chunk' }],
  [
    'readline',
    {
      before: ['chunk1 '],
      during: ['chunk2 ', 'chunk3 ', '\n chunk4'],
      read: line,
      gives: 'chunk1 chunk2 chunk3 \n',
      left: ' chunk4',
    },
  ],
  [
    'readline_limit_with_existing_data: the line goes, the next stays',
    { limit: 3, before: ['li', 'ne1\nline2\n'], read: line, gives: overrun, left: 'line2\n' },
  ],
  [
    'readline_limit_with_existing_data: no newline',
    { limit: 3, before: ['li', 'ne1', 'li'], read: line, gives: overrun },
  ],
  [
    'readline_limit: all at once',
    { limit: 7, during: ['chunk1', 'chunk2', 'chunk3\n', undefined], read: line, gives: overrun },
  ],
  [
    'readline_limit: the next line stays',
    {
      limit: 7,
      during: ['chunk1', 'chunk2\n', 'chunk3\n', undefined],
      read: line,
      gives: overrun,
      left: 'chunk3\n',
    },
  ],
  [
    'readline_limit: as long as it may be',
    { limit: 7, before: ['1234567\n'], read: line, gives: '1234567\n' },
  ],
  ['readline_limit: one more', { limit: 7, before: ['12345678\n'], read: line, gives: overrun }],
  ['readline_limit: one more, unended', { limit: 7, before: ['12345678'], read: line, gives: overrun }],
  [
    'readline_nolimit_nowait',
    { before: [DATA.slice(0, 6), DATA.slice(6)], read: line, gives: 'line1\n', left: 'line2\nline3\n' },
  ],
  ['readline_eof', { before: ['some data', undefined], read: line, gives: 'some data' }],
  ['readline_empty_eof', { before: [undefined], read: line, gives: '' }],
  ['readuntil_multi_chunks', { before: ['lineAAAxxx'], read: until('AAA'), gives: 'lineAAA', left: 'xxx' }],
  [
    'readuntil_multi_chunks_1: two and one',
    { before: ['QWEaa', 'XYaa', 'a'], read: until('aaa'), gives: 'QWEaaXYaaa' },
  ],
  [
    'readuntil_multi_chunks_1: one and two',
    { before: ['QWEaa', 'XYa', 'aa'], read: until('aaa'), gives: 'QWEaaXYaaa' },
  ],
  ['readuntil_multi_chunks_1: alone', { before: ['aaa'], read: until('aaa'), gives: 'aaa' }],
  ['readuntil_multi_chunks_1: after one byte', { before: ['Xaaa'], read: until('aaa'), gives: 'Xaaa' }],
  [
    'readuntil_multi_chunks_1: byte by byte',
    { before: ['xyz', 'a', 'a', 'a'], read: until('aaa'), gives: 'xyzaaa' },
  ],
  [
    'readuntil_eof',
    {
      before: ['some dataAA', undefined],
      read: until('AAA'),
      gives: { name: 'IncompleteReadError', partial: bytes('some dataAA'), expected: null },
    },
  ],
  [
    'readuntil_limit_found_sep: not found yet',
    {
      limit: 3,
      before: ['some dataAA'],
      read: until('AAA'),
      gives: { ...overrun, message: expect.stringContaining('not found') },
      left: 'some dataAA',
    },
  ],
  [
    'readuntil_limit_found_sep: found',
    {
      limit: 3,
      before: ['some dataAAA'],
      read: until('AAA'),
      gives: { ...overrun, message: expect.stringContaining('is found') },
      left: 'some dataAAA',
    },
  ],
  [
    'readuntil_multi_separator',
    { before: ['line 1\nline 2\r'], read: until('\r', '\n'), gives: 'line 1\n', left: 'line 2\r' },
  ],
  [
    'readuntil_multi_separator: the one that ends first',
    { before: ['ABCDEFG'], read: until('DEF', 'BCDE'), gives: 'ABCDE', left: 'FG' },
  ],
  [
    'readuntil_multi_separator_limit',
    {
      limit: 3,
      before: ['some dataA'],
      read: until('A', 'ome dataA'),
      gives: { ...overrun, message: expect.stringContaining('is found') },
      left: 'some dataA',
    },
  ],
  [
    'readuntil_multi_separator_negative_offset',
    { before: ['data'], during: ['Z', 'Aaaa'], read: until('A', 'long sep'), gives: 'dataZA', left: 'aaa' },
  ],
  [
    'readuntil_bytearray',
    {
      before: ['some data\r\n'],
      read: (reader) => reader.readUntil(new Uint8Array([13, 10])),
      gives: 'some data\r\n',
    },
  ],
  ['readexactly_zero_or_less: zero', { before: [DATA], read: exactly(0), gives: '', left: DATA }],
  ['readexactly', { during: [DATA, DATA, DATA], read: exactly(36), gives: DATA + DATA, left: DATA }],
  ['readexactly_limit', { limit: 3, before: ['chunk'], read: exactly(5), gives: 'chunk' }],
  [
    'readexactly_eof',
    {
      during: [DATA, undefined],
      read: exactly(36),
      gives: { name: 'IncompleteReadError', partial: bytes(DATA), expected: 36 },
    },
  ],
];

/** Runs the read of a row to its end. */
function outcome({ loop, reader, feed }: ReaderFixture, row: Row): unknown {
  const tell = (text: string | undefined): void => (text === undefined ? reader.feedEof() : feed(text));
  for (const text of row.before ?? []) tell(text);
  const task = loop.createTask(row.read(reader));
  onePass(loop);
  for (const text of row.during ?? []) tell(text);
  try {
    return loop.runUntilComplete(task).toString();
  } catch (error) {
    return error;
  }
}

describe('a read', () => {
  it.each(rows)('%s', (_name, row) => {
    const fixture = readerFixture(row.limit);
    const result = outcome(fixture, row);
    if (typeof row.gives === 'string') expect(result).toBe(row.gives);
    else expect(result).toMatchObject(row.gives);
    expect(fixture.reader.unreadByteCount).toBe(row.left?.length ?? 0);
    if (row.left !== undefined) expect(fixture.loop.run(fixture.reader.read(1000)).toString()).toBe(row.left);
  });

  it('readline_read_byte_count: readLine, then read', () => {
    const { loop, reader, feed } = readerFixture();
    feed(DATA);
    loop.run(reader.readLine());
    expect(loop.run(reader.read(7)).toString()).toBe('line2\nl');
    expect(reader.unreadByteCount).toBe('ine3\n'.length);
  });

  it('readuntil_separator: must be bytes, and one at least', () => {
    const { reader } = readerFixture();
    for (const separator of [bytes(''), [bytes('')], []]) {
      expect(() => reader.readUntil(separator)).toThrow(RangeError);
    }
  });

  it('readexactly_zero_or_less: less is refused and takes nothing', () => {
    const { reader, feed } = readerFixture();
    feed(DATA);
    expect(() => reader.readExactly(-1)).toThrow(RangeError);
    expect(reader.unreadByteCount).toBe(DATA.length);
  });

  it('invalid_limit: zero and less are refused', () => {
    for (const limit of [0, -1]) expect(() => readerFixture(limit)).toThrow(RangeError);
  });

  it('at_eof: when the end has come and all is read', () => {
    const { loop, reader, feed } = readerFixture();
    const seen = [reader.atEof()];
    feed('some data\n');
    seen.push(reader.atEof());
    loop.run(reader.readLine());
    seen.push(reader.atEof());
    feed('some data\n');
    reader.feedEof();
    loop.run(reader.readLine());
    seen.push(reader.atEof());
    expect(seen).toEqual([false, false, false, true]);
  });
});

describe('an error of the stream', () => {
  it('readline_exception: is thrown by the next read', () => {
    const { loop, reader, feed } = readerFixture();
    feed('line\n');
    expect(loop.run(reader.readLine()).toString()).toBe('line\n');
    reader.setException(new RangeError('broken'));
    expect(() => loop.run(reader.readLine())).toThrow('broken');
  });

  it.each([
    ['read_exception', some(2)],
    ['readexactly_exception', exactly(2)],
  ] as const)('%s: comes after what the reader holds, other than in CPython', (_name, read) => {
    const { loop, reader, feed } = readerFixture();
    feed('line');
    expect(loop.run(read(reader)).toString()).toBe('li');
    reader.setException(new RangeError('broken'));
    expect(loop.run(read(reader)).toString()).toBe('ne');
    expect(() => loop.run(read(reader))).toThrow('broken');
  });

  it('exception: is known', () => {
    const { reader } = readerFixture();
    const error = new RangeError('broken');
    expect(reader.exception()).toBe(null);
    reader.setException(error);
    expect(reader.exception()).toBe(error);
  });

  it('exception_waiter: is thrown by the read that waits', () => {
    const { loop, reader } = readerFixture();
    const task = loop.createTask(reader.readLine());
    onePass(loop);
    reader.setException(new RangeError('broken'));
    expect(caught(() => loop.runUntilComplete(task)).message).toBe('broken');
  });

  it('exception_cancel: does not disturb a read that was cancelled', () => {
    const { loop, reader } = readerFixture();
    const task = loop.createTask(reader.readLine());
    onePass(loop);
    task.cancel();
    onePass(loop);
    reader.setException(new RangeError('broken'));
    onePass(loop);
    expect(task.cancelled()).toBe(true);
  });
});

describe('a reader describes itself', () => {
  it.each<[string, number | undefined, (fixture: ReaderFixture) => void, string]>([
    ['__repr__', undefined, () => {}, '<StreamReader>'],
    ['__repr__nondefault_limit', 123, () => {}, '<StreamReader limit=123>'],
    ['__repr__eof', undefined, ({ reader }) => reader.feedEof(), '<StreamReader eof>'],
    ['__repr__data', undefined, ({ feed }) => feed('data'), '<StreamReader 4 bytes>'],
    [
      '__repr__exception',
      undefined,
      ({ reader }) => reader.setException(new RangeError('x')),
      '<StreamReader exception=RangeError: x>',
    ],
  ])('%s', (_name, limit, prepare, expected) => {
    const fixture = readerFixture(limit);
    prepare(fixture);
    expect(String(fixture.reader)).toBe(expected);
  });

  it('__repr__waiter: with the call that waits', () => {
    const { loop, reader } = readerFixture();
    const task = loop.createTask(reader.readLine());
    onePass(loop);
    expect(String(reader)).toBe('<StreamReader waiting=readLine>');
    task.cancel();
    onePass(loop);
    expect(String(reader)).toBe('<StreamReader>');
  });
});

it('its errors tell what there was: IncompleteReadError, LimitOverrunError', () => {
  expect(new IncompleteReadError(bytes('abc'), 10)).toMatchObject({ partial: bytes('abc'), expected: 10 });
  expect(new LimitOverrunError('message', 10)).toMatchObject({ consumed: 10, message: 'message' });
});
