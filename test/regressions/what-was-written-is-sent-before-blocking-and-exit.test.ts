/**
 * What several transports write is sent together when their callbacks have run. A callback that blocks the
 * thread first waited in vain for the answer, and one that ended the process took the bytes along.
 */
import { expect, test } from 'vitest';
import { DefaultSelector, EVENT_READ } from '../../src/selectors.ts';
import { type Socket, socketpair } from '../../src/socket.ts';
import { both, bytes, text, world } from '../integration/transports/sending-world.ts';
import { startProgram } from '../support/run-program.ts';
import { onTeardown } from '../support/teardown.ts';

const waits: [how: string, wait: (quiet: Socket) => void][] = [
  ['Socket.recv', (quiet) => expect(() => quiet.recv(1)).toThrow('timed out')],
  ['select', select],
];

function select(quiet: Socket): void {
  using selector = new DefaultSelector();
  selector.register(quiet, EVENT_READ);
  expect(selector.select(1)).toEqual([]);
}

test.each(waits)('%s', (_how, wait) => {
  const all = world();
  const [quiet, other] = socketpair();
  onTeardown(() => {
    quiet.close();
    other.close();
  });
  quiet.settimeout(1);
  const received: string[] = [];
  both(
    all,
    () => all.transports[0].write(bytes('written')),
    () => {
      wait(quiet);
      received.push(text(all.peers[0]));
    },
  );
  expect(received).toEqual(['written']);
});

test('process.exit()', async () => {
  const program = startProgram('test/regressions/programs/exits-after-writing.ts');
  expect(await program.waitForExit(30_000), program.stderr).toBe(0);
  expect(program.lines).toEqual(['bye', 'bye']);
});
