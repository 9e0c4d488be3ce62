/**
 * loop.attach(): the loop is driven by Node's, hears of what Node's callbacks do to it, and can be given
 * back.
 */
import { setImmediate as nextIteration, setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import {
  type Attachment,
  createTask,
  EventLoop,
  getRunningLoop,
  KeyboardInterrupt,
  run,
  sleep,
} from '../../../src/index.ts';
import { EVENTS_PER_CHUNK } from '../../../src/loop/io-waiters.ts';
import { VirtualClock } from '../../../src/testing.ts';
import { onTeardown } from '../../support/teardown.ts';
import { pair } from '../loop/real-loop.ts';

function attached(options?: { readonly ref?: boolean }): { loop: EventLoop; attachment: Attachment } {
  const loop = new EventLoop();
  const attachment = loop.attach(options);
  onTeardown(() => {
    attachment.detach();
    loop.close();
  });
  return { loop, attachment };
}

/** A Promise that something resolves. */
function signal(): { readonly fired: Promise<number>; readonly fire: () => void } {
  let fire = (): void => {};
  const fired = new Promise<number>((resolve) => {
    fire = () => resolve(performance.now());
  });
  return { fired, fire };
}

describe('an attached loop', () => {
  it('counts as running, between its turns too, and is nobody’s running loop then', async () => {
    const { loop, attachment } = attached();
    expect(loop.isRunning()).toBe(true);
    expect(() => loop.run(sleep(1))).toThrow(/already running/);
    expect(() => loop.attach()).toThrow(/already running/);
    expect(() => loop.close()).toThrow(/is attached to Node. Detach it first/);
    const { fired, fire } = signal();
    loop.callSoon(() => {
      expect(getRunningLoop()).toBe(loop);
      fire();
    });
    await fired;
    attachment.detach();
    await attachment.ended;
    expect(loop.isRunning()).toBe(false);
    expect(loop.run(sleep(1, 'again'))).toBe('again');
  });

  it('is woken from Node’s callbacks by a callback, a sooner timer, a descriptor and a task', async () => {
    const { loop } = attached();
    loop.callLater(60_000, () => {});
    await pause(5);
    for (const wake of [
      (fire: () => void) => loop.callSoon(fire),
      (fire: () => void) => loop.callLater(1, fire),
      (fire: () => void) => loop.createTask(sleep(0)).addDoneCallback(fire),
      (fire: () => void) => {
        const [left, right] = pair();
        right.send(Buffer.from('x'));
        loop.addReader(left, () => {
          loop.removeReader(left);
          fire();
        });
      },
    ]) {
      const { fired, fire } = signal();
      const startMs = performance.now();
      wake(fire);
      expect((await fired) - startMs).toBeLessThan(1000);
      await pause(2);
    }
  });

  it('ends by stop(), and by an error that ends a run, which its end rejects with', async () => {
    const { loop, attachment } = attached();
    await pause(2);
    loop.stop();
    await attachment.ended;
    expect(loop.isRunning()).toBe(false);
    const again = loop.attach();
    loop.callLater(1, () => {
      throw new KeyboardInterrupt('by a callback');
    });
    await expect(again.ended).rejects.toThrow('by a callback');
    expect(loop.isRunning()).toBe(false);
  });

  it('is detached in the middle of a turn, at its end; await using does so too', async () => {
    const { loop, attachment } = attached();
    const seen: string[] = [];
    loop.callSoon(() => {
      attachment.detach();
      // Longer than a turn may last: the pass goes on in the next one.
      for (const endMs = performance.now() + 5; performance.now() < endMs; );
      seen.push('after detach');
    });
    loop.callSoon(() => seen.push('rest of the pass'));
    await attachment.ended;
    expect(seen).toEqual(['after detach', 'rest of the pass']);
    {
      await using again = loop.attach();
      await loop.createTask(sleep(1));
      expect(String(again)).toMatch(/^<Attachment attached/);
    }
    expect(loop.isRunning()).toBe(false);
  });

  it('lets another loop block in a Node callback, and goes on after that', async () => {
    const { loop } = attached();
    const task = loop.createTask(sleep(20, 'guest'));
    await pause(1);
    expect(run(sleep(5, 'blocking'))).toBe('blocking');
    expect(await task).toBe('guest');
    expect(() => getRunningLoop()).not.toThrow();
  });

  it('asks for the loop by name where there are several', async () => {
    const first = attached();
    expect(await createTask(sleep(1, 'the only one'))).toBe('the only one');
    const second = attached();
    const coroutine = sleep(1);
    expect(() => createTask(coroutine)).toThrow(/2 event loops are guests of Node's here/);
    expect(await first.loop.createTask(sleep(1, 1))).toBe(1);
    expect(await second.loop.createTask(sleep(1, 2))).toBe(2);
  });

  it('1,000 times attached and detached: nothing is left', async () => {
    const loop = new EventLoop();
    for (let i = 0; i < 1000; i++) {
      const attachment = loop.attach({ ref: i % 2 === 0 });
      if (i % 5 === 0) expect(await loop.createTask(sleep(0, i))).toBe(i);
      attachment.detach();
    }
    loop.close();
    await nextIteration();
    expect(process.listenerCount('exit')).toBeLessThan(10);
  });

  it('works on after its poller was replaced', async (context) => {
    const { loop } = attached();
    if (loop.selector.kind !== 'epoll') context.skip('only epoll keeps what outlives its descriptor');
    const replaced: number[] = [];
    const follow = loop.selector.onFilenoReplaced;
    loop.selector.onFilenoReplaced = (fd) => {
      replaced.push(fd);
      follow?.(fd);
    };
    // A registration that outlives its descriptor in a duplicate: see PollerSelector.
    const [left, right] = pair();
    const fd = left.fileno();
    loop.addReader(fd, () => {});
    const duplicate = left.dup();
    onTeardown(() => duplicate.close());
    right.send(Buffer.from('x'));
    left.close();
    loop.removeReader(fd);
    for (let i = 0; i < 200 && replaced.length === 0; i++) await pause(1);
    expect(replaced).toHaveLength(1);
    expect(await loop.createTask(sleep(1, 'still here'))).toBe('still here');
    const [other, far] = pair();
    const { fired, fire } = signal();
    loop.addReader(other, () => {
      loop.removeReader(other);
      fire();
    });
    far.send(Buffer.from('y'));
    await fired;
  });
});

describe('what cannot be a guest', () => {
  it('any loop in Deno, which would crash', () => {
    const loop = new EventLoop();
    Object.assign(globalThis, { Deno: {} });
    try {
      expect(() => loop.attach()).toThrow('Deno cannot have guests');
    } finally {
      Reflect.deleteProperty(globalThis, 'Deno');
    }
    expect(loop.run(sleep(1, 'unharmed'))).toBe('unharmed');
    loop.close();
  });

  it('a loop on poll, with a clock of its own, or closed, is refused with the reason', () => {
    const onPoll = new EventLoop({ poller: 'poll' });
    expect(() => onPoll.attach()).toThrow(/'poll' poller has no descriptor that Node's loop could watch/);
    expect(onPoll.run(sleep(1, 'unharmed'))).toBe('unharmed');
    onPoll.close();
    expect(() => onPoll.attach()).toThrow(/closed/);
    const virtual = new EventLoop({ clock: new VirtualClock() });
    expect(() => virtual.attach()).toThrow(/a clock of its own cannot be a guest/);
    virtual.close();
  });
});

it('a stop in a pass that takes several turns: what came with the pass is run, then it ends', async () => {
  const loop = new EventLoop();
  const connections = Array.from({ length: 3 * EVENTS_PER_CHUNK + 5 }, () => pair());
  let received = 0;
  for (const [left, right] of connections) {
    left.send(Buffer.from('x'));
    loop.addReader(right, () => {
      received++;
      right.recv(10);
      // Longer than a turn may last: each chunk is cut short.
      for (const endMs = performance.now() + 1.5; performance.now() < endMs; );
      loop.stop();
    });
  }
  await loop.attach().ended;
  expect(received).toBe(connections.length);
  loop.close();
  for (const sock of connections.flat()) sock.close();
});
