/**
 * A `sendfile` that is cancelled between the end of its file and the turn in which that is told, and one that
 * follows at once: that turn forgot the second one. `write()` went into the middle of the file, which never
 * ended, and `close()` cut it off.
 */
import { expect, test } from 'vitest';
import { createTask, RuntimeError, sleep, type Task, type Transport } from '../../src/index.ts';
import { defaultKernel } from '../../src/kernel/default-kernel.ts';
import { kernelWith } from '../integration/loop/real-loop.ts';
import { until } from '../integration/tls/layered.ts';
import { connected, Noting } from '../integration/transports/fixtures.ts';
import { openFileOf } from '../support/open-file.ts';

const SECOND_BYTES = 3_000_000;

const actions: [name: string, act: (transport: Transport) => void][] = [
  ['write()', (transport) => expect(() => transport.write(Buffer.from('X'))).toThrow(RuntimeError)],
  ['close()', (transport) => transport.close()],
];

test.each(actions)('%s during the second', (_name, act) => {
  let whenSent = (): void => {};
  const kernel = kernelWith({
    sockets: {
      sendfile: (sock, file, position, byteCount) => {
        const result = defaultKernel().sockets.sendfile(sock, file, position, byteCount);
        if (result === 0) whenSent();
        return result;
      },
    },
  });
  const { loop, transport, peer } = connected(new Noting(), kernel);
  peer.setblocking(false);
  loop.run(function* () {
    const first = createTask(loop.sendfile(transport, openFileOf(Buffer.alloc(1000, 'a'))));
    const file = openFileOf(Buffer.alloc(SECOND_BYTES, 'b'));
    let second: Task<number> | null = null;
    whenSent = () => {
      whenSent = () => {};
      // In front of the turn of the first, which is queued behind this.
      loop.callSoon(() => {
        first.cancel();
        second = createTask(loop.sendfile(transport, file), { eagerStart: true });
      });
    };
    yield* until(() => second !== null);
    yield* sleep(1);
    act(transport);
    let received = '';
    yield* until(() => {
      try {
        received += peer.recv(SECOND_BYTES).toString('latin1');
      } catch {
        // Nothing there yet.
      }
      return received.length >= 1000 + SECOND_BYTES;
    });
    expect(received).toBe('a'.repeat(1000) + 'b'.repeat(SECOND_BYTES));
    expect(yield* second as unknown as Task<number>).toBe(SECOND_BYTES);
    expect(first.cancelled()).toBe(true);
  });
});
