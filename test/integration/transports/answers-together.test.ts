/** Messages that are sent together: the answers to those that were fetched together. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { fromPromise, getRunningLoop, KeyboardInterrupt, runGuest } from '../../../src/index.ts';
import { EAGAIN, EPERM } from '../../../src/kernel/errno.ts';
import { AF_UNIX, type InetAddress, SOCK_DGRAM, Socket } from '../../../src/socket.ts';
import { onTeardown } from '../../support/teardown.ts';
import { owned } from '../loop/real-loop.ts';
import { Answering, arrive, arrivedAt, echo, newPeer, world } from './datagrams-world.ts';
import { settle, until } from './fixtures.ts';

describe('answers that are sent together', () => {
  test('are copies: the memory is the program’s again at once', () => {
    const all = world();
    const scratch = Buffer.from('-----');
    all.protocol.answer = (text, address) => {
      scratch.write(text);
      all.transport.sendto(scratch, address);
      scratch.fill('?');
    };
    arrive(all, 'first', 'other');
    expect(arrivedAt(all.peer)).toEqual(['first', 'other']);
  });

  test('are sent before getWriteBufferSize answers, and before a large one', () => {
    const all = world();
    const seen: string[][] = [];
    const large = Buffer.alloc(5000, 'l');
    all.protocol.answer = (text, address) => {
      all.transport.sendto(Buffer.from(text), address);
      if (text === 'one') {
        expect(all.transport.getWriteBufferSize()).toBe(0);
        seen.push(arrivedAt(all.peer));
      } else {
        all.transport.sendto(large, address);
        seen.push(arrivedAt(all.peer));
      }
    };
    arrive(all, 'one', 'two');
    expect(seen).toEqual([['one'], ['two', large.toString()]]);
  });

  test('what the system refuses is told in a turn to come; the others go', () => {
    const all = world({ answer: (index) => (index === 1 ? -EPERM : null) });
    echo(all);
    arrive(all, 'one', 'two', 'three');
    expect(all.protocol.notes).toEqual(['one', 'two', 'three', 'EPERM']);
    expect(arrivedAt(all.peer)).toEqual(['one', 'three']);
  });

  test('an address that cannot be sent to is the error of its message alone', () => {
    const all = world();
    all.protocol.answer = (text, address) =>
      all.transport.sendto(Buffer.from(text), text === 'two' ? ['127.0.0.1', 0] : address);
    arrive(all, 'one', 'two', 'three');
    expect(all.protocol.notes).toEqual(['one', 'two', 'three', 'EINVAL']);
    expect(arrivedAt(all.peer)).toEqual(['one', 'three']);
  });

  test('errors come before the end of a transport that is closed in the same turn', () => {
    const all = world({ answer: () => -EPERM });
    all.protocol.answer = (text, address) => {
      all.transport.sendto(Buffer.from(text), address);
      if (text === 'two') all.transport.close();
    };
    arrive(all, 'one', 'two');
    expect(all.protocol.notes).toEqual(['one', 'two', 'EPERM', 'EPERM', 'lost']);
  });

  test('what there is no room for is queued, in order, and close waits for it', () => {
    let jammed = true;
    const all = world({ answer: (index) => (jammed && index > 0 ? -EAGAIN : null) });
    echo(all);
    const texts = ['one', 'two', 'three'];
    for (const text of texts) all.peer.sendto(Buffer.from(text), all.address);
    until(all.loop, () => all.calls.includes('sendEach 3'));
    jammed = false;
    all.transport.close();
    until(all.loop, () => all.protocol.notes.includes('lost'));
    expect(arrivedAt(all.peer)).toEqual(texts);
    expect(all.protocol.notes).toEqual([...texts, 'lost']);
  });

  test('never pause a protocol when they are sent: it would be paused in nobody’s turn', () => {
    const all = world({ answer: () => -EAGAIN });
    all.transport.setWriteBufferLimits({ high: 30 });
    all.protocol.answer = (text, address) => {
      all.transport.sendto(Buffer.from(text), address);
      all.protocol.notes.push('sent');
    };
    arrive(all, 'ten bytes ', 'ten bytes ');
    expect(all.calls).toContain('sendEach 1');
    expect(all.protocol.notes).toEqual(['ten bytes ', 'sent', 'ten bytes ', 'pause', 'sent', 'resume']);
  });

  test('are sent before other code closes the socket', () => {
    const all = world();
    const { protocol, transport } = all;
    protocol.answer = (text, address) => {
      transport.sendto(Buffer.from(text), address);
      if (text === 'two') (transport.getExtraInfo('socket') as unknown as Socket).close();
    };
    arrive(all, 'one', 'two', 'three');
    expect(arrivedAt(all.peer)).toEqual(['one', 'two']);
    expect(protocol.notes).toEqual(['one', 'two', 'lost']);
  });

  test('of a connected socket: each has the error that the system gives it', () => {
    const all = world();
    const remoteAddr = all.peer.getsockname() as InetAddress;
    const [connected, client] = all.loop.run(
      all.loop.createDatagramEndpoint(() => new Answering(), { remoteAddr }),
    );
    onTeardown(() => connected.abort());
    client.answer = (text) => connected.sendto(Buffer.from(text));
    const mine = connected.getExtraInfo('sockname') as InetAddress;
    all.peer.sendto(Buffer.from('one'), mine);
    all.peer.sendto(Buffer.from('two'), mine);
    settle(all.loop);
    expect(arrivedAt(all.peer)).toEqual(['one', 'two']);
    for (const text of ['three', 'four', 'five']) all.peer.sendto(Buffer.from(text), mine);
    all.peer.close();
    settle(all.loop);
    // The first goes to nobody, and whoever is told of that is the second; then the same again.
    expect(client.notes.filter((note) => note === 'ECONNREFUSED').length).toBeGreaterThanOrEqual(1);
    expect(client.notes.filter((note) => note !== 'ECONNREFUSED')).toEqual([
      ...['one', 'two', 'three', 'four', 'five'],
    ]);
    expect(connected.isClosing()).toBe(false);
  });

  test('unix datagrams are fetched together and answered one by one', () => {
    const dir = mkdtempSync(join(tmpdir(), 'selectloop-'));
    onTeardown(() => rmSync(dir, { recursive: true }));
    const [a, b] = [join(dir, 'a'), join(dir, 'b')];
    const all = world();
    const [transport, protocol] = all.loop.run(
      all.loop.createDatagramEndpoint(() => new Answering(), { family: AF_UNIX, localAddr: a }),
    );
    onTeardown(() => transport.abort());
    const peer = owned(new Socket(AF_UNIX, SOCK_DGRAM));
    peer.bind(b);
    peer.setblocking(false);
    protocol.answer = (text, address) => transport.sendto(Buffer.from(text), address);
    const texts = Array.from({ length: 6 }, (_, i) => String(i));
    for (const text of texts) peer.sendto(Buffer.from(text), a);
    until(all.loop, () => protocol.notes.length === 6);
    expect(protocol.notes).toEqual(texts);
    expect(arrivedAt(peer)).toEqual(texts);
    expect(all.calls.filter((call) => call.startsWith('sendEach'))).toEqual([]);
  });
});

describe('several messages of one turn', () => {
  test('go together from the second on, when the batch of callbacks ends', () => {
    const all = world();
    const address = all.peer.getsockname() as InetAddress;
    const seen: string[][] = [];
    all.loop.callSoon(() => {
      for (const text of ['one', 'two', 'three']) all.transport.sendto(Buffer.from(text), address);
      seen.push(arrivedAt(all.peer));
    });
    all.loop.callSoon(() => seen.push(arrivedAt(all.peer)));
    settle(all.loop);
    expect([...seen, arrivedAt(all.peer)]).toEqual([['one'], [], ['two', 'three']]);
    expect(all.calls).toEqual(['sendto', 'sendEach 2']);
  });

  test('are sent when the callback ends the run', () => {
    const all = world();
    const address = all.peer.getsockname() as InetAddress;
    all.loop.callSoon(() => {
      for (const text of ['one', 'two', 'three']) all.transport.sendto(Buffer.from(text), address);
      throw new KeyboardInterrupt();
    });
    expect(() => settle(all.loop)).toThrow(KeyboardInterrupt);
    expect(arrivedAt(all.peer)).toEqual(['one', 'two', 'three']);
    settle(all.loop);
  });

  test('go at once when the loop does not run', () => {
    const all = world();
    const address = all.peer.getsockname() as InetAddress;
    for (const text of ['one', 'two', 'three']) all.transport.sendto(Buffer.from(text), address);
    expect(arrivedAt(all.peer)).toEqual(['one', 'two', 'three']);
  });

  test('of which one is refused: its error comes, and the others have gone', () => {
    const all = world({ answer: (index) => (index === 0 ? -EPERM : null) });
    const address = all.peer.getsockname() as InetAddress;
    all.loop.callSoon(() => {
      for (const text of ['one', 'two', 'three']) all.transport.sendto(Buffer.from(text), address);
      all.transport.close();
    });
    settle(all.loop);
    expect(all.protocol.notes).toEqual(['EPERM', 'lost']);
    expect(arrivedAt(all.peer)).toEqual(['one', 'three']);
  });

  test('go at once from a callback of Node’s, between the turns of a guest', async () => {
    const peer = newPeer();
    const address = peer.getsockname() as InetAddress;
    const seen = await runGuest(function* () {
      const loop = getRunningLoop();
      const localAddr = ['127.0.0.1', 0] as const;
      const [transport] = yield* loop.createDatagramEndpoint(() => new Answering(), { localAddr });
      const arrived = yield* fromPromise(
        new Promise<string[]>((resolve) => {
          setTimeout(() => {
            for (const text of ['one', 'two', 'three']) transport.sendto(Buffer.from(text), address);
            resolve(arrivedAt(peer));
          }, 1);
        }),
      );
      transport.close();
      return arrived;
    });
    expect(seen).toEqual(['one', 'two', 'three']);
  });

  test('go together in debug mode, too', () => {
    const all = world();
    all.loop.setDebug(true);
    echo(all);
    arrive(all, 'one', 'two', 'three');
    expect(all.calls.slice(0, 2)).toEqual(['recvMany 3', 'sendEach 3']);
    expect(arrivedAt(all.peer)).toEqual(['one', 'two', 'three']);
    // In debug mode a loop tells of what it is closed before.
    all.transport.close();
    settle(all.loop);
  });
});
