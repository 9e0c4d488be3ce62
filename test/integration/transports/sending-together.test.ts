/** Transports whose writes the loop sends in one call: what is in the kernel when. */
import { closeSync, openSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { createTask, openConnection, type Task } from '../../../src/index.ts';
import type { Socket } from '../../../src/socket.ts';
import { onTeardown } from '../../support/teardown.ts';
import { settle, until } from './fixtures.ts';
import { both, bytes, silentPair, text, world } from './sending-world.ts';

describe('what callbacks of several sockets write', () => {
  test('goes to the kernel in one call after them, in pieces no more than there are sockets', () => {
    const all = world();
    const seen: string[] = [];
    const [one, two] = all.transports;
    both(
      all,
      () => {
        one.write(bytes('head '));
        one.write(bytes('body'));
      },
      () => {
        seen.push(text(all.peers[0]));
        two.write(bytes('second'));
      },
    );
    expect(all.calls.filter((count) => count > 0)).toEqual([2]);
    expect(seen).toEqual(['']);
    expect(all.peers.map(text)).toEqual(['head body', 'second']);
  });

  test('is a copy: the memory is the program’s again at once', () => {
    const all = world();
    const scratch = bytes('first');
    both(all, () => {
      all.transports[0].write(scratch);
      scratch.write('SECOND');
    });
    expect(text(all.peers[0])).toBe('first');
  });

  test('is sent before what is written alone, to whomever that goes', () => {
    const all = world();
    const [one, two] = all.transports;
    const large = Buffer.alloc(5000, 'l');
    const seen: string[] = [];
    both(
      all,
      () => one.write(bytes('small')),
      () => {
        two.write(large);
        seen.push(text(all.peers[0]), text(all.peers[1]));
        one.write(bytes('a'));
        two.writeLines([large, bytes('c')]);
        seen.push(text(all.peers[0]), text(all.peers[1]));
      },
    );
    expect(seen).toEqual(['small', large.toString(), 'a', `${large}c`]);
  });

  test('with writeLines, in small pieces, goes along, behind what was written before', () => {
    const all = world();
    const [one, two] = all.transports;
    const scratch = bytes('b');
    both(
      all,
      () => {
        one.write(bytes('a'));
        one.writeLines([scratch, bytes('c')]);
        scratch.fill('-');
        one.writeLines([Buffer.alloc(0), bytes('!')]);
        one.write(bytes('d'));
      },
      () => two.writeLines([bytes('x'), bytes('y')]),
    );
    expect(all.calls.filter((count) => count > 0)).toEqual([2]);
    expect(all.peers.map(text)).toEqual(['abc!d', 'xy']);
  });

  test('of one sender again after another one’s is sent in the order of the calls', () => {
    const all = world();
    const [one, two] = all.transports;
    both(all, () => {
      one.write(bytes('1'));
      two.write(bytes('x'));
      one.write(bytes('2'));
      one.write(Buffer.alloc(4096, '3'));
      one.write(bytes('4'));
    });
    expect(text(all.peers[0])).toBe(`12${'3'.repeat(4096)}4`);
    expect(text(all.peers[1])).toBe('x');
  });

  test('of one socket alone is sent at once', () => {
    const all = world();
    const [one] = all.transports;
    const seen: string[] = [];
    all.protocols[0].answer = () => {
      one.write(bytes('now'));
      seen.push(text(all.peers[0]));
    };
    all.peers[0].send(bytes('?'));
    settle(all.loop);
    expect(seen).toEqual(['now']);
    expect(all.calls).not.toContain(1);
  });

  test('is sent though a callback after it throws', () => {
    const all = world();
    all.loop.setExceptionHandler(() => {});
    both(
      all,
      () => all.transports[0].write(bytes('kept')),
      () => {
        throw new Error('of the second');
      },
    );
    expect(text(all.peers[0])).toBe('kept');
  });

  test('of more sockets than a call takes is sent in several', () => {
    const all = world();
    const [one, two] = all.transports;
    both(all, () => {
      for (let i = 0; i < 40; i++) (i % 2 === 0 ? one : two).write(bytes(String(i % 10)));
    });
    expect(text(all.peers[0])).toBe('02468'.repeat(4));
    expect(text(all.peers[1])).toBe('13579'.repeat(4));
  });
});

describe('what is done after a write is done after it was sent', () => {
  test.each(['close', 'abort', 'writeEof'] as const)('%s', (call) => {
    const all = world();
    const [one] = all.transports;
    const seen: string[] = [];
    both(all, () => {
      one.write(bytes('last words'));
      one[call]();
      seen.push(text(all.peers[0]));
    });
    expect(seen).toEqual(['last words']);
    expect(all.peers[0].recv(10).length).toBe(0);
  });

  test('a look at what is unsent', () => {
    const all = world();
    const seen: unknown[] = [];
    both(all, () => {
      all.transports[0].write(bytes('looked at'));
      seen.push(all.transports[0].getWriteBufferSize(), text(all.peers[0]));
    });
    expect(seen).toEqual([0, 'looked at']);
  });

  test('a file', () => {
    const all = world();
    const [one] = all.transports;
    const path = fileURLToPath(import.meta.url);
    const file = openSync(path, 'r');
    onTeardown(() => closeSync(file));
    const sending: Task<number>[] = [];
    both(all, () => {
      one.write(bytes('in front of it: '));
      sending.push(createTask(all.loop.sendfile(one, file), { eagerStart: true }));
    });
    until(all.loop, () => sending[0]?.done() === true);
    expect(text(all.peers[0])).toBe(`in front of it: ${readFileSync(path, 'latin1')}`);
  });

  test('the end by an error of the protocol', () => {
    const all = world();
    all.loop.setExceptionHandler(() => {});
    both(all, () => {
      all.transports[0].write(bytes('before the error'));
      throw new Error('of the protocol');
    });
    expect(text(all.peers[0])).toBe('before the error');
    expect(all.protocols[0].calls.at(-1)).toBe('lost');
  });

  test('the closing of the socket itself, whose number may be another’s at once', () => {
    const all = world();
    const opened: (readonly [Socket, Socket])[] = [];
    both(all, () => {
      all.transports[0].write(bytes('to the first'));
      all.sockets[0].close();
      const [left, right] = silentPair();
      left.setblocking(false);
      opened.push([left, right]);
    });
    expect(text(all.peers[0])).toBe('to the first');
    expect(opened.flatMap((ends) => ends.map(text))).toEqual(['', '']);
    expect(all.protocols[0].calls.at(-1)).toBe('lost');
  });
});

test('streams: answers of several tasks are one call', () => {
  const all = world();
  const { loop, calls } = all;
  const ends = Array.from({ length: 4 }, () => silentPair(loop.kernel));
  loop.run(
    (function* () {
      const tasks = [];
      for (const [mine] of ends) {
        const [reader, writer] = yield* openConnection({ sock: mine });
        tasks.push(
          createTask(function* () {
            const data = yield* reader.read(100);
            writer.write(data);
            yield* writer.drain();
            return writer;
          }),
        );
      }
      calls.length = 0;
      for (const [i, [, peer]] of ends.entries()) peer.send(bytes(`message ${i}`));
      for (const task of tasks) (yield* task).close();
    })(),
  );
  expect(calls.filter((count) => count > 0)).toEqual([4]);
  expect(ends.map(([, peer]) => text(peer))).toEqual(ends.map((_, i) => `message ${i}`));
});
