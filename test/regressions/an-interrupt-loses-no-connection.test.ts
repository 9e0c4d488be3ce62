/**
 * Connections that were accepted together were forgotten, neither served nor closed, when the factory of one
 * of them ended the run with an interrupt: their clients waited for ever.
 */
import { expect, it } from 'vitest';
import { KeyboardInterrupt } from '../../src/index.ts';
import type { Socket } from '../../src/socket.ts';
import { owned, realLoop, tcpSocket } from '../integration/loop/real-loop.ts';
import { Noting, settle } from '../integration/transports/fixtures.ts';
import { failOnFdLeaks } from '../support/fd-leaks.ts';

failOnFdLeaks();

it('those behind the one whose factory interrupts are served in the next run', () => {
  const { loop } = realLoop();
  const served: Noting[] = [];
  let callCount = 0;
  const newProtocol = (): Noting => {
    if (++callCount === 2) throw new KeyboardInterrupt();
    const protocol = new Noting();
    served.push(protocol);
    return protocol;
  };
  const server = loop.run(loop.createServer(newProtocol, { host: '127.0.0.1', port: 0 }));
  const address = (server.sockets[0] as Socket).getsockname();
  const clients = Array.from({ length: 5 }, () => owned(tcpSocket()));
  for (const client of clients) client.connect(address);
  expect(() => settle(loop)).toThrow(KeyboardInterrupt);
  for (const client of clients) client.sendall(Buffer.from('x'));
  settle(loop);
  expect(served.map(({ received }) => received)).toEqual(['x', 'x', 'x', 'x']);
  loop.run(server.shutdown({ graceMs: 0 }));
});
