/**
 * Messages of several connections lie in one block of memory, and all loans of a loop in another. Who gives
 * a message to a thread gives a copy: the others keep theirs.
 */
import { expect, test } from 'vitest';
import { type Coroutine, move, ThreadPoolExecutor } from '../../src/index.ts';
import type { Socket } from '../../src/socket.ts';
import { pair, realLoop } from '../integration/loop/real-loop.ts';

type Give = (data: Buffer) => Coroutine<void>;

const giveAway: [name: string, give: Give][] = [
  ['structuredClone', structured],
  ['move', moved],
];

/** Transfers the memory of `data`, as `postMessage` does: Node refuses, or makes a copy. */
function* structured(data: Buffer): Coroutine<void> {
  try {
    structuredClone(data, { transfer: [data.buffer as ArrayBuffer] });
  } catch (error) {
    expect((error as Error).name).toBe('DataCloneError');
  }
}

function* moved(data: Buffer): Coroutine<void> {
  const pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  expect(yield* pool.submit((bytes: Uint8Array) => bytes.length, move(data))).toBe(5);
  yield* pool.shutdown();
}

/** The mark stops this in Node 24, not in 22; older ones do not have it. */
function empty(data: Buffer): void {
  try {
    (data.buffer as { transfer?: () => void }).transfer?.();
  } catch (error) {
    expect(error).toBeInstanceOf(TypeError);
  }
}

test.each(giveAway)('%s of a message leaves the others what they are', (_name, give) => {
  const { loop } = realLoop();
  const [left, leftPeer] = pair();
  const [right, rightPeer] = pair();
  leftPeer.send(Buffer.from('of the left'));
  rightPeer.send(Buffer.from('right'));
  loop.run(function* () {
    const kept = yield* loop.sockRecv(left, 100);
    const given = yield* loop.sockRecv(right, 100);
    yield* give(given);
    expect([kept.toString(), given.toString()]).toEqual(['of the left', 'right']);
  });
});

test.each([
  ['given to a thread', (data: Buffer) => void structured(data).next()],
  ['emptied', empty],
])('a loan that is %s does not look like the end to others', (_name, take) => {
  const { loop } = realLoop();
  const [left, leftPeer] = pair();
  const [right, rightPeer] = pair();
  const message = Buffer.alloc(20_000, 'm');
  function* borrow(sock: Socket, peer: Socket): Coroutine<Buffer> {
    peer.sendall(message);
    return yield* loop.sockRecvLent(sock, 65_536);
  }
  loop.run(function* () {
    // What comes first is received with others. From then on it is known that so much comes, and it is lent.
    yield* borrow(left, leftPeer);
    yield* borrow(right, rightPeer);
    take(yield* borrow(left, leftPeer));
    expect((yield* borrow(right, rightPeer)).equals(message)).toBe(true);
  });
});
