/**
 * A server that was closed between accept() and the turn of what it had accepted closed that connection: a
 * client that had been told it is connected saw a reset. Where another process shares the listener, it must
 * be served by one of the two.
 */
import { expect, it } from 'vitest';
import { type Coroutine, Protocol, sleep, type Transport } from '../../src/index.ts';
import { createServer, type Socket } from '../../src/socket.ts';
import { owned, realLoop, tcpSocket } from '../integration/loop/real-loop.ts';

class Greeter extends Protocol {
  override connectionMade(transport: Transport): void {
    transport.write(Buffer.from('served'));
    transport.close();
  }
}

/** What `client` is told, when who shares the listener takes what is left in the queue. */
function answerTo(client: Socket, shared: Socket): string {
  shared.settimeout(0);
  try {
    owned(shared.accept()[0]).sendall(Buffer.from('left in the queue'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
  }
  client.settimeout(3000);
  return client.recv(100).toString();
}

it.each([0, 1, 2, 3, 4])('closed %i turns after the connection has come', (turnCount) => {
  const { loop } = realLoop();
  const listener = createServer(['127.0.0.1', 0]);
  const shared = owned(listener.dup());
  const client = tcpSocket();
  loop.run(function* (): Coroutine<void> {
    const server = yield* loop.createServer(() => new Greeter(), { sock: listener });
    client.connect(shared.getsockname());
    for (let turn = 0; turn < turnCount; turn++) yield* sleep(0);
    server.close();
    yield* server.waitClosed();
  });
  expect(answerTo(client, shared)).toMatch(/^(served|left in the queue)$/);
});
