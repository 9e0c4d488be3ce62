/**
 * Of several attempts to connect, one that succeeds just when it is given up leaves no socket: the cancel
 * came behind its result, and nobody closed what it had connected.
 */
import { expect, test } from 'vitest';
import { EventLoop, Future, Protocol, StaticResolver, sleep } from '../../src/index.ts';
import type { Socket } from '../../src/socket.ts';
import { tcpListener } from '../integration/loop/real-loop.ts';
import { failureOf } from '../support/failure-of.ts';
import { onTeardown } from '../support/teardown.ts';

/** A loop whose attempts succeed when the test says so. */
class ConnectingByHand extends EventLoop {
  readonly attempts: { readonly sock: Socket; readonly connected: Future<void> }[] = [];

  override sockConnect(sock: Socket): Future<void> {
    const connected = new Future<void>({ loop: this });
    this.attempts.push({ sock, connected });
    return connected;
  }
}

/** Calls `act` in the batch of callbacks after `count` others. */
function after(loop: EventLoop, count: number, act: () => void): void {
  if (count === 0) act();
  else loop.callSoon(() => after(loop, count - 1, act));
}

const hops = [0, 1, 2, 3, 4, 5];

for (const end of ['another one wins', 'the call is cancelled'] as const) {
  test.each(hops)(`when ${end}, and it succeeds %i callbacks later`, (count) => {
    const loop = new ConnectingByHand();
    onTeardown(() => loop.close());
    const [, port] = tcpListener().getsockname();
    loop.setResolver(new StaticResolver({ 'two.test': ['127.0.0.1', '127.0.0.2'] }));
    loop.run(function* () {
      const options = { host: 'two.test', port, happyEyeballsDelayMs: 0 };
      const task = loop.createTask(loop.createConnection(() => new (class extends Protocol {})(), options));
      for (let turn = 0; turn < 1000 && loop.attempts.length < 2; turn++) yield* sleep(1);
      const [first, second] = loop.attempts as [(typeof loop.attempts)[0], (typeof loop.attempts)[0]];
      const succeed = (): void => {
        if (!second.connected.done()) second.connected.setResult();
      };
      if (end === 'another one wins') {
        first.connected.setResult();
        after(loop, count, succeed);
        const [transport] = yield* task;
        yield* sleep(5);
        transport.abort();
      } else {
        task.cancel();
        after(loop, count, succeed);
        yield* failureOf(task);
        yield* sleep(5);
      }
      yield* sleep(1);
      expect([first.sock.closed, second.sock.closed]).toEqual([true, true]);
    });
  });
}
