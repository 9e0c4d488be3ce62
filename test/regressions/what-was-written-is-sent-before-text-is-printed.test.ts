/**
 * `print` waits where a pipe is full. In a callback it did so before what transports had written was sent. A
 * reader that waited for that first, and read the pipe then, stopped the program for ever.
 */
import { expect, test } from 'vitest';
import { defaultKernel } from '../../src/kernel/default-kernel.ts';
import { writeLine } from '../../src/kernel/print.ts';
import { both, bytes, text, world } from '../integration/transports/sending-world.ts';
import { onTeardown } from '../support/teardown.ts';

test('before it is written', () => {
  const { fds } = defaultKernel();
  const pipe = new Int32Array(2);
  fds.pipe(pipe);
  const [readFd, writeFd] = pipe as unknown as [number, number];
  onTeardown(() => {
    fds.close(readFd);
    fds.close(writeFd);
  });
  const filler = Buffer.alloc(1024 * 1024);
  while (fds.write(writeFd, filler, 0, filler.length) > 0);
  const all = world();
  const received: string[] = [];
  const waitReady: typeof fds.waitReady = (...args) => {
    received.push(text(all.peers[0]));
    fds.read(readFd, filler, 0, filler.length);
    return fds.waitReady(...args);
  };
  both(
    all,
    () => all.transports[0].write(bytes('written')),
    () => writeLine({ ...defaultKernel(), fds: { ...fds, waitReady } }, writeFd, 'printed'),
  );
  expect(received).toEqual(['written']);
});
