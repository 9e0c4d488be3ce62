/**
 * The book's loop keeps a socket registered after its await has ended, with the task still hanging on the old
 * future: data that then arrives resumes the coroutine out of some other wait, and is lost itself.
 */
import { expect, it } from 'vitest';
import { type Coroutine, createTask, sleep } from '../../src/index.ts';
import { pair, realLoop } from '../integration/loop/real-loop.ts';

it('bytes on a socket that nobody awaits neither end the await of another one nor get lost', () => {
  const { loop } = realLoop();
  const [a, farA] = pair();
  const [b, farB] = pair();
  const got = loop.run(function* (): Coroutine<string[]> {
    farA.sendall(Buffer.from('A1'));
    const first = yield* loop.sockRecv(a);
    const waitingForB = createTask(receiveText(b));
    yield* sleep(1);
    farA.sendall(Buffer.from('A2'));
    yield* sleep(20);
    expect(waitingForB.done()).toBe(false);
    farB.sendall(Buffer.from('B1'));
    const second = yield* waitingForB;
    const third = yield* loop.sockRecv(a);
    return [first.toString(), second, third.toString()];
  });
  expect(got).toEqual(['A1', 'B1', 'A2']);

  function* receiveText(sock: typeof b): Coroutine<string> {
    return (yield* loop.sockRecv(sock)).toString();
  }
});

it('an event that comes together with the cancellation of its await leaves the bytes to the next one', () => {
  const { loop } = realLoop();
  const [near, far] = pair();
  loop.run(function* (): Coroutine<void> {
    const abandoned = loop.sockRecv(near);
    far.sendall(Buffer.from('kept'));
    abandoned.cancel();
    yield* sleep(5);
    expect((yield* loop.sockRecv(near)).toString()).toBe('kept');
  });
});
