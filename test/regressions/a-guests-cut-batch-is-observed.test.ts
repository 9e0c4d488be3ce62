/**
 * In debug mode, or with an instrument, a guest whose turn ended between two chunks of events never ended its
 * batch: from then on it asked the selector no more.
 */
import { expect, test } from 'vitest';
import { createTask, gather, getRunningLoop, moveOnAfter, runGuest, sleep } from '../../src/index.ts';
import { socketpair } from '../../src/socket.ts';

/** More than two chunks of 16. */
const PAIRS = 40;

test('a guest in debug mode goes on after a turn that ended between two chunks', async () => {
  const received = await runGuest(
    function* () {
      const loop = getRunningLoop();
      const pairs = Array.from({ length: PAIRS }, () => socketpair());
      let count = 0;
      const readers = pairs.map(([near]) =>
        createTask(function* () {
          for (let i = 0; i < 2; i++) {
            yield* loop.sockRecv(near);
            count++;
            // Longer than a turn may last.
            for (const start = loop.time(); loop.time() - start < 1.5; );
          }
        }),
      );
      // Twice: the second time, the selector has to be asked again.
      for (let expected = PAIRS; expected <= 2 * PAIRS; expected += PAIRS) {
        yield* sleep(1);
        for (const [, far] of pairs) far.send(Buffer.from('x'));
        yield* moveOnAfter(3_000, function* () {
          while (count < expected) yield* sleep(1);
        });
      }
      for (const reader of readers) reader.cancel();
      yield* gather(readers, { returnExceptions: true });
      for (const pair of pairs) for (const sock of pair) sock.close();
      return count;
    },
    { debug: true },
  );
  expect(received).toBe(2 * PAIRS);
});
