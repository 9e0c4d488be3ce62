/** A read that is cancelled, timed out, refused or fails leaves in the reader what it had taken. */
import { expect, it } from 'vitest';
import {
  type Coroutine,
  createTask,
  RuntimeError,
  StreamReader,
  sleep,
  TimeoutError,
  timeout,
  waitFor,
} from '../../src/index.ts';
import { realLoop } from '../integration/loop/real-loop.ts';
import { failureOf } from '../support/failure-of.ts';

type Read = (reader: StreamReader) => Coroutine<Buffer>;

const reads: [name: string, read: Read][] = [
  ['read()', (reader) => reader.read()],
  ['readExactly', (reader) => reader.readExactly(100)],
  ['readUntil', (reader) => reader.readUntil(Buffer.from('|'))],
  ['readLine', (reader) => reader.readLine()],
];

const ends: [name: string, end: (read: Coroutine<Buffer>) => Coroutine<unknown>][] = [
  ['timeout', (read) => timeout(20, () => read)],
  ['waitFor', (read) => waitFor(read, 20)],
  ['cancel', cancelled],
];

function* cancelled(read: Coroutine<Buffer>): Coroutine<void> {
  const task = createTask(read);
  yield* sleep(20);
  task.cancel();
  yield* sleep(0);
  expect(task.cancelled()).toBe(true);
  throw new TimeoutError('cancelled');
}

for (const [readName, read] of reads) {
  it.each(ends)(`${readName} ended by %s`, (_name, end) => {
    const { loop } = realLoop();
    loop.run(function* () {
      const reader = new StreamReader();
      loop.callLater(2, () => reader.feedData(Buffer.from('one ')));
      loop.callLater(6, () => reader.feedData(Buffer.from('two ')));
      loop.callLater(8, () => reader.feedData(Buffer.from('three ')));
      let error: unknown;
      try {
        yield* end(read(reader));
      } catch (caught) {
        error = caught;
      }
      expect(error).toBeInstanceOf(TimeoutError);
      expect(reader.unreadByteCount).toBe(14);
      reader.feedData(Buffer.from('four'));
      reader.feedEof();
      expect((yield* reader.read()).toString()).toBe('one two three four');
      expect(reader.atEof()).toBe(true);
    });
  });
}

it('a read that is given up by its generator, too', () => {
  const { loop } = realLoop();
  loop.run(function* () {
    const reader = new StreamReader();
    reader.feedData(Buffer.from('kept'));
    const read = reader.read();
    read.next();
    read.return(Buffer.alloc(0));
    expect((yield* reader.read(100)).toString()).toBe('kept');
  });
});

it('read() that is refused because another coroutine waits', () => {
  const { loop } = realLoop();
  loop.run(function* () {
    const reader = new StreamReader();
    reader.feedData(Buffer.from('12345'));
    const waiting = createTask(reader.readExactly(10));
    yield* sleep(0);
    expect(yield* failureOf(reader.read())).toBeInstanceOf(RuntimeError);
    reader.feedData(Buffer.from('67890'));
    expect(String(yield* waiting)).toBe('1234567890');
  });
});
