/** Server.shutdown: it ends whatever the clients do. */
import { describe, expect, test } from 'vitest';
import { type Coroutine, createTask, type Server, sleep } from '../../../src/index.ts';
import { realLoop } from '../loop/real-loop.ts';
import { type Noting, settle, until } from './fixtures.ts';
import { connectTo, serve } from './serving.ts';

describe('shutdown', () => {
  function* shutDown(server: Server, graceMs: number): Coroutine<number> {
    const startMs = server.getLoop().time();
    yield* server.shutdown({ graceMs });
    return server.getLoop().time() - startMs;
  }

  test('returns as soon as the clients have gone', () => {
    const { loop } = realLoop();
    const protocols: Noting[] = [];
    const server = serve(loop, protocols);
    const client = connectTo(server);
    until(loop, () => protocols.length === 1);
    let hasGone = false;
    loop.callLater(30, () => {
      hasGone = true;
      client.close();
    });
    expect(loop.run(shutDown(server, 60_000))).toBeLessThan(60_000);
    expect(hasGone).toBe(true);
    expect(() => connectTo(server)).toThrow('the server is closed');
  });

  test.each([0, 50])('closes a client that never speaks after %i ms', (graceMs) => {
    const { loop } = realLoop();
    const protocols: Noting[] = [];
    const server = serve(loop, protocols);
    const client = connectTo(server);
    until(loop, () => protocols.length === 1);
    expect(loop.run(shutDown(server, graceMs))).toBeGreaterThanOrEqual(graceMs);
    expect(protocols[0]?.lostWith).toBe(null);
    expect(client.recv(1)).toHaveLength(0);
  });

  test('does not wait for a client that never reads', () => {
    const { loop } = realLoop();
    const protocols: Noting[] = [];
    const server = serve(loop, protocols);
    connectTo(server);
    until(loop, () => protocols.length === 1);
    protocols[0]?.transport.write(Buffer.alloc(8_000_000));
    expect(loop.run(shutDown(server, 50))).toBeGreaterThanOrEqual(50);
    expect(protocols[0]?.lostWith).toBe(null);
  });

  test('that is cancelled ends the connections at once', () => {
    const { loop } = realLoop();
    const protocols: Noting[] = [];
    const server = serve(loop, protocols);
    connectTo(server);
    until(loop, () => protocols.length === 1);
    loop.run(function* () {
      const task = createTask(server.shutdown({ graceMs: 60_000 }));
      yield* sleep(10);
      task.cancel();
      yield* server.waitClosed();
    });
    settle(loop);
    expect(protocols[0]?.lostWith).toBe(null);
  });

  test('of a server without clients is over at once; a negative time is refused', () => {
    const { loop } = realLoop();
    const server = serve(loop);
    expect(() => loop.run(server.shutdown({ graceMs: -1 }))).toThrow(RangeError);
    loop.run(server.shutdown());
    loop.run(server.shutdown());
    expect(server.isServing()).toBe(false);
  });
});
