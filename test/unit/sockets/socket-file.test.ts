import { describe, expect, test } from 'vitest';

import { TimeoutError } from '../../../src/base/errors.ts';
import { SocketFile } from '../../../src/sockets/socket-file.ts';

/** A socket that receives what it was told, part by part, and then the end; an error in between is raised. */
function fed(...parts: readonly (string | Error)[]): {
  file: SocketFile;
  sent: string[];
  askedCounts: number[];
} {
  const left = [...parts];
  const sent: string[] = [];
  const askedCounts: number[] = [];
  const file = new SocketFile({
    recvInto: (buffer) => {
      askedCounts.push(buffer.length);
      const part = left.shift() ?? '';
      if (part instanceof Error) throw part;
      return Buffer.from(part).copy(buffer);
    },
    sendall: (data) => sent.push(Buffer.from(data).toString()),
  });
  return { file, sent, askedCounts };
}

function lines(file: SocketFile): string[] {
  return [...file].map(String);
}

describe('lines', () => {
  test('come whole, however they arrive', () => {
    expect(lines(fed('a\nb', 'c', '\n\n', 'rest').file)).toEqual(['a\n', 'bc\n', '\n', 'rest']);
    expect(lines(fed().file)).toEqual([]);
    expect(lines(fed('\n').file)).toEqual(['\n']);
  });

  test('have a limit where one is given', () => {
    const { file } = fed('abcdef\ngh');
    expect(file.readLine(4).toString()).toBe('abcd');
    expect(file.readLine(4).toString()).toBe('ef\n');
    expect(file.readLine(2).toString()).toBe('gh');
    expect(file.readLine(0).length).toBe(0);
  });

  test('nothing is lost to a time-out', () => {
    const { file } = fed('half ', new TimeoutError('late'), 'a line\n');
    expect(() => file.readLine()).toThrow(TimeoutError);
    expect(file.readLine().toString()).toBe('half a line\n');
  });

  test('a long line costs linear time: the memory doubles', () => {
    const parts = new Array<string>(2000).fill('x'.repeat(1000));
    const { file, askedCounts } = fed(...parts, '\n');
    expect(file.readLine().length).toBe(2_000_001);
    expect(Math.min(...askedCounts)).toBeGreaterThan(0);
  });
});

describe('counts', () => {
  test('are read to the full, or to the end', () => {
    const { file } = fed('abc', 'def', 'g');
    expect(file.read(4).toString()).toBe('abcd');
    expect(file.read(0).length).toBe(0);
    expect(file.read().toString()).toBe('efg');
    expect(file.read(5).length).toBe(0);
    expect(file.readLine().length).toBe(0);
  });

  test('what was handed out stays as it was', () => {
    const { file } = fed('abcd', 'efgh');
    const first = file.read(4);
    file.read(4);
    expect(first.toString()).toBe('abcd');
  });

  test.each([-1, 1.5, Number.NaN])('%d is none', (count) => {
    expect(() => fed('x').file.read(count)).toThrow(RangeError);
    expect(() => fed('x').file.readLine(count)).toThrow(RangeError);
  });
});

test('writing goes out at once', () => {
  const { file, sent } = fed();
  file.write(Buffer.from('one'));
  expect(sent).toEqual(['one']);
  expect(() => file.write('text' as never)).toThrow(/Buffer\.from\(text\)/);
});

test('closed, every call says so, and closing again is harmless', () => {
  const { file } = fed('x');
  {
    using closing = file;
    expect(closing.closed).toBe(false);
  }
  file.close();
  expect(file.closed).toBe(true);
  for (const call of [() => file.read(1), () => file.readLine(), () => file.write(Buffer.alloc(1))]) {
    expect(call).toThrow(/the file is closed/);
  }
});
