/**
 * The book's loop keeps one interest per descriptor (registering to write forgets the reader), cannot send or
 * connect, and reads 1024 bytes at most.
 */
import { expect, it } from 'vitest';
import { type Coroutine, createTask } from '../../src/index.ts';
import { owned, pair, realLoop, tcpListener, tcpSocket } from '../integration/loop/real-loop.ts';

it('one task receives from a socket while another one is stuck sending to it', () => {
  const { loop } = realLoop();
  const [near, far] = pair();
  const data = Buffer.alloc(4 << 20, 'x');
  loop.run(function* (): Coroutine<void> {
    const receiving = createTask(receive());
    const sending = createTask(send());
    yield* loop.sockSendall(far, Buffer.from('to the reader'));
    expect(yield* receiving).toBe('to the reader');
    expect(sending.done()).toBe(false);
    let left = data.length;
    while (left > 0) left -= (yield* loop.sockRecv(far, 1 << 20)).length;
    yield* sending;
  });

  function* receive(): Coroutine<string> {
    return (yield* loop.sockRecv(near)).toString();
  }
  function* send(): Coroutine<void> {
    yield* loop.sockSendall(near, data);
  }
});

it('a client connects, sends everything it was given, and reads more than 1024 bytes in one call', () => {
  const { loop } = realLoop();
  const server = tcpListener();
  loop.run(function* (): Coroutine<void> {
    const accepting = loop.sockAccept(server);
    const client = tcpSocket();
    yield* loop.sockConnect(client, server.getsockname());
    const [conn] = yield* accepting;
    owned(conn);
    yield* loop.sockSendall(client, Buffer.alloc(5000, 'y'));
    expect(yield* loop.sockRecv(conn, 5000)).toHaveLength(5000);
  });
});
