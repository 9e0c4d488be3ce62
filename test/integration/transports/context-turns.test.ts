/** Which context variables a transport's protocol sees from call to call. */
import { describe, expect, test } from 'vitest';
import { ContextVar, type Coroutine, createTask } from '../../../src/index.ts';
import { realLoop } from '../loop/real-loop.ts';
import { connected, Noting, settle, shrinkSendBuffer, until } from './fixtures.ts';
import { connectTo } from './serving.ts';

const step = new ContextVar<string>('step', { default: 'none' });

describe('what a protocol sets', () => {
  test('stays set for its next calls, to the last one', () => {
    const seen: string[] = [];
    class Setting extends Noting {
      override connectionMade(transport: never): void {
        seen.push(step.get());
        step.set('made');
        super.connectionMade(transport);
      }

      override dataReceived(data: Buffer): void {
        seen.push(step.get());
        step.set(String(data));
        super.dataReceived(data);
        // Queued in the middle of the turn: what is set after it counts too.
        if (String(data) === 'b') this.transport.close();
        step.set(`${data}!`);
      }

      override connectionLost(error: Error | null): void {
        seen.push(step.get());
        super.connectionLost(error);
      }
    }
    const { loop, protocol, peer } = connected(new Setting());
    for (const part of ['a', 'b']) {
      peer.send(Buffer.from(part));
      until(loop, () => protocol.received.endsWith(part));
    }
    until(loop, () => protocol.lostWith === null);
    expect(seen).toEqual(['none', 'made', 'a!', 'b!']);
    expect(step.get()).toBe('none');
  });

  test('is seen when the queue has been sent, and what is set there afterwards', () => {
    const seen: string[] = [];
    class Resumed extends Noting {
      override dataReceived(data: Buffer): void {
        step.set('data');
        super.dataReceived(data);
      }

      override resumeWriting(): void {
        seen.push(step.get());
        step.set('resumed');
        super.resumeWriting();
      }

      override connectionLost(error: Error | null): void {
        seen.push(step.get());
        super.connectionLost(error);
      }
    }
    const { loop, protocol, peer, transport } = connected(new Resumed());
    shrinkSendBuffer(transport.getExtraInfo('socket') as never);
    peer.send(Buffer.from('x'));
    until(loop, () => protocol.received === 'x');
    transport.write(Buffer.alloc(1 << 20));
    expect(protocol.calls).toContain('pause');
    transport.close();
    until(loop, () => {
      try {
        peer.recv(1 << 20);
      } catch {}
      return protocol.lostWith === null;
    });
    expect(seen).toEqual(['data', 'resumed']);
  });

  test('is not seen by other connections of the server, nor by tasks made before', () => {
    const { loop } = realLoop();
    const seen: string[] = [];
    function* look(): Coroutine<void> {
      seen.push(step.get());
    }
    class Starting extends Noting {
      override connectionMade(transport: never): void {
        super.connectionMade(transport);
        createTask(look());
        step.set('made');
        createTask(look());
      }
    }
    const factory = (): Noting => new Starting();
    using server = loop.run(loop.createServer(factory, { host: '127.0.0.1', port: 0 }));
    const clients = [connectTo(server), connectTo(server)];
    settle(loop);
    expect(seen).toEqual(['none', 'made', 'none', 'made']);
    for (const client of clients) client.close();
    settle(loop);
  });
});
