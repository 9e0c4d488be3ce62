/** An address whose family bind itself does not know is left out; its socket stayed in the server's list. */
import { expect, it } from 'vitest';
import { startServer } from '../../src/index.ts';
import { defaultKernel } from '../../src/kernel/default-kernel.ts';
import { EADDRNOTAVAIL, EAFNOSUPPORT } from '../../src/kernel/errno.ts';
import { kernelWith, realLoop } from '../integration/loop/real-loop.ts';

it.each([EAFNOSUPPORT, EADDRNOTAVAIL])('when bind says %i', (errno) => {
  let count = 0;
  const kernel = kernelWith({
    sockets: {
      bind: (...call) => (count++ === 0 ? -errno : defaultKernel().sockets.bind(...call)),
    },
  });
  const { loop, takeReports } = realLoop({ kernel });
  loop.run(function* () {
    const server = yield* startServer(() => undefined, ['127.0.0.2', '127.0.0.1'], 0);
    expect(server.sockets.map((sock) => sock.getsockname()[0])).toEqual(['127.0.0.1']);
    yield* server.shutdown({ graceMs: 0 });
  });
  expect(takeReports()).toMatchObject([{ message: expect.stringContaining('127.0.0.2 is left out') }]);
});
