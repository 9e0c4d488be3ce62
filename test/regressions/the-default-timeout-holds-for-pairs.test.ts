/** `socketpair` gave out sockets that wait for ever, whatever `setdefaulttimeout` said. Python's heed it. */
import { expect, test } from 'vitest';
import { setdefaulttimeout, socketpair } from '../../src/socket.ts';
import { onTeardown } from '../support/teardown.ts';

test('both ends have it', () => {
  onTeardown(() => setdefaulttimeout(null));
  setdefaulttimeout(1);
  const pair = socketpair();
  onTeardown(() => {
    for (const each of pair) each.close();
  });
  for (const each of pair) expect(() => each.recv(1)).toThrow('timed out after 1 ms');
});
