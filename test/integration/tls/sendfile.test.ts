/** A file through TLS: read and written, behind what was written before. */
import { expect, test } from 'vitest';
import { SendfileNotAvailableError } from '../../../src/index.ts';
import { failureOf } from '../../support/failure-of.ts';
import { openFileOf } from '../../support/open-file.ts';
import { realLoop } from '../loop/real-loop.ts';
import { connect, withServer } from './secure-loop.ts';

test('sendfile over TLS', () => {
  const { loop } = realLoop();
  const content = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * 7) % 251));
  const fd = openFileOf(content);
  withServer(
    loop,
    function* (_reader, writer) {
      const { transport } = writer;
      const refused = yield* failureOf(loop.sendfile(transport, fd, 0, null, { fallback: false }));
      expect(refused).toBeInstanceOf(SendfileNotAvailableError);
      writer.write(Buffer.from('head|'));
      expect(yield* loop.sendfile(transport, fd)).toBe(content.length);
      expect(yield* loop.sendfile(transport, fd, 10, 5)).toBe(5);
      yield* writer.write(Buffer.from('|tail'));
      writer.close();
    },
    function* (port) {
      const [reader, writer] = yield* connect(port);
      const expected = [Buffer.from('head|'), content, content.subarray(10, 15), Buffer.from('|tail')];
      expect((yield* reader.read()).equals(Buffer.concat(expected))).toBe(true);
      writer.close();
    },
  );
});
