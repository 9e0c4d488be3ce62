/** What a server had accepted when its listening socket failed stayed open, and nobody knew of it. */
import { expect, test } from 'vitest';
import { sleep } from '../../src/index.ts';
import { defaultKernel } from '../../src/kernel/default-kernel.ts';
import type { Socket } from '../../src/socket.ts';
import { Acceptor } from '../../src/transports/acceptor.ts';
import { kernelWith, owned, realLoop, tcpListener, tcpSocket } from '../integration/loop/real-loop.ts';

test('connections that were accepted are served', () => {
  const real = defaultKernel().sockets;
  let acceptCount = 0;
  const kernel = kernelWith({
    sockets: {
      accept: (fd, addressOut) => {
        // Looking for a third one: the socket has been closed meanwhile.
        if (++acceptCount === 3) listener.close();
        return real.accept(fd, addressOut);
      },
    },
  });
  const listener = tcpListener(kernel);
  const { loop, takeReports } = realLoop({ kernel });
  for (let i = 0; i < 2; i++) tcpSocket().connect(listener.getsockname());
  const served: Socket[] = [];
  loop.run(function* () {
    new Acceptor(loop, listener, (conn) => served.push(owned(conn))).start();
    while (served.length === 0) yield* sleep(1);
  });
  expect(served).toHaveLength(2);
  expect(takeReports().map(({ exception }) => (exception as { code?: string }).code)).toEqual(['EBADF']);
});
