/** `sendMany` over a stream counted its last message as taken when the system had taken a part of it. */
import { expect, test } from 'vitest';
import { socketpair } from '../../src/socket.ts';
import { onTeardown } from '../support/teardown.ts';

test('a stream is refused', () => {
  const [left, right] = socketpair();
  onTeardown(() => {
    left.close();
    right.close();
  });
  left.settimeout(0);
  right.settimeout(0);
  expect(() => left.sendMany([Buffer.alloc(8 * 1024 * 1024)])).toThrow(
    /^Socket\.sendMany: needs a socket that keeps messages whole, got <Socket .*>; use sendall or sendmsg$/,
  );
  expect(() => right.recv(1)).toThrow('EAGAIN');
});
