/**
 * `reader.lines(async (line) => …)` dropped the Promise in silence. `endpoint.each(plain)` took a plain
 * function's value, such as that of `list.push(data)`, for something to await.
 */
import { setImmediate as pause } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { type Coroutine, openDatagramEndpoint, runGuest, StreamReader } from '../../src/index.ts';
import { realLoop } from '../integration/loop/real-loop.ts';

function readerOf(text: string): StreamReader {
  const reader = new StreamReader();
  reader.feedData(Buffer.from(text));
  reader.feedEof();
  return reader;
}

describe('the body of lines()', () => {
  test('is awaited in a guest, line by line', async () => {
    const seen: string[] = [];
    await runGuest(function* () {
      yield* readerOf('a\nb\n').lines(async (line) => {
        seen.push(`begin ${String(line).trim()}`);
        await pause();
        seen.push('end');
      });
    });
    expect(seen).toEqual(['begin a', 'end', 'begin b', 'end']);
  });

  test('throws in a guest what it rejects with', async () => {
    const ended = runGuest(() => readerOf('a\n').lines(() => Promise.reject(new Error('from the body'))));
    await expect(ended).rejects.toThrow('from the body');
  });

  test('is refused in a blocking run', () => {
    const { loop } = realLoop();
    const lines = (body: (line: Buffer) => unknown) => () => loop.run(() => readerOf('a\n').lines(body));
    expect(lines(async () => 0)).toThrow('lines: the body must be a function*; it returned a Promise');
    expect(lines(async function* () {})).toThrow('it returned an async generator');
    expect(lines(undefined as never)).toThrow('lines: the body must be a function, got undefined');
  });
});

test('a plain body may return what it likes', () => {
  const { loop } = realLoop();
  const seen: string[] = [];
  loop.run(function* (): Coroutine<void> {
    yield* readerOf('a\nb').lines((line) => seen.push(String(line)));
    const endpoint = yield* openDatagramEndpoint(['127.0.0.1', 0]);
    const { port } = endpoint.address() as { port: number };
    yield* endpoint.send(Buffer.from('message'), ['127.0.0.1', port]);
    yield* endpoint.each((data) => {
      endpoint.close();
      return seen.push(String(data));
    });
  });
  expect(seen).toEqual(['a\n', 'b', 'message']);
});
