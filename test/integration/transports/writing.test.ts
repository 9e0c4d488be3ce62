/** How a stream transport sends, and how it ends. */
import { describe, expect, test } from 'vitest';
import { RuntimeError } from '../../../src/index.ts';
import { EAGAIN, EIO } from '../../../src/kernel/errno.ts';
import { countingKernel, kernelWith } from '../loop/real-loop.ts';
import { connected, drainPeer, Noting, settle, shrinkSendBuffer, until } from './fixtures.ts';

const text = (value: string): Buffer => Buffer.from(value);

/** Connected, with a peer that is full: whatever is written is queued. */
function jammed(kernel?: Parameters<typeof connected>[1]) {
  const connection = connected(new Noting(), kernel);
  const { transport } = connection;
  const sock = transport.getExtraInfo('socket');
  if (sock === null) throw new Error('no socket');
  shrinkSendBuffer(sock);
  transport.setWriteBufferLimits({ high: 100_000, low: 10_000 });
  const filler = Buffer.alloc(1000, '.');
  let filled = 0;
  while (transport.getWriteBufferSize() === 0) {
    transport.write(filler);
    filled += filler.length;
  }
  return { ...connection, sock, filled };
}

describe('writing', () => {
  test('sends at once what the kernel takes', () => {
    const { transport, peer } = connected(new Noting());
    transport.write(text('now'));
    transport.writeLines([text(' and'), text(''), new Uint8Array([32]), text('then')]);
    transport.write(text(''));
    transport.writeLines([]);
    expect(peer.recv(100).toString()).toBe('now and then');
    expect(transport.getWriteBufferSize()).toBe(0);
  });

  test('queues the rest and sends it in order as the peer reads', () => {
    const { loop, transport, peer, filled } = jammed();
    let expected = '.'.repeat(filled);
    for (let i = 0; i < 2000; i++) {
      transport.write(text(`${i},`));
      expected += `${i},`;
    }
    transport.writeLines([text('a'), text('b')]);
    let received = '';
    until(loop, () => {
      received += drainPeer(peer).toString('latin1');
      return received.length >= expected.length + 2;
    });
    expect(received).toBe(`${expected}ab`);
    expect(transport.getWriteBufferSize()).toBe(0);
  });

  test('pauses the protocol above the high mark and resumes it at the low one', () => {
    const { loop, transport, protocol, peer } = jammed();
    transport.write(Buffer.alloc(50_000));
    expect(protocol.calls).toEqual(['made']);
    transport.write(Buffer.alloc(60_000));
    expect(protocol.calls).toEqual(['made', 'pause']);
    until(loop, () => {
      drainPeer(peer);
      return protocol.calls.includes('resume');
    });
    expect(transport.getWriteBufferSize()).toBeLessThanOrEqual(10_000);
    until(loop, () => drainPeer(peer).length === 0 && transport.getWriteBufferSize() === 0);
    expect(protocol.calls).toEqual(['made', 'pause', 'resume']);
    expect(transport.getWriteBufferLimits()).toEqual([10_000, 100_000]);
  });

  test('what the protocol writes when resumed comes after what was queued', () => {
    const { loop, transport, protocol, peer, filled } = jammed();
    protocol.resumeWriting = () => transport.write(text('last'));
    transport.setWriteBufferLimits({ high: 0 });
    let received = '';
    until(loop, () => {
      received += drainPeer(peer).toString('latin1');
      return received.endsWith('last');
    });
    expect(received).toBe(`${'.'.repeat(filled)}last`);
  });

  test('waits for room only while something is queued', () => {
    const { kernel, changes } = countingKernel();
    const { loop, transport, peer } = jammed(kernel);
    until(loop, () => drainPeer(peer).length >= 0 && transport.getWriteBufferSize() === 0);
    settle(loop);
    const before = changes.length;
    for (let i = 0; i < 10; i++) {
      transport.write(text('x'));
      settle(loop);
      drainPeer(peer);
    }
    expect(changes.length).toBe(before);
    const last = changes.at(-1);
    expect((last?.after ?? 0) & 2).toBe(0);
  });

  test.each(['text', 7, null, undefined, [1]])('%j is refused', (data) => {
    const { transport } = connected(new Noting());
    expect(() => transport.write(data as never)).toThrow(TypeError);
    expect(() => transport.writeLines([text('x'), data as never])).toThrow(TypeError);
  });

  test('an error of the system ends it: at once, and later', () => {
    let refuse = false;
    const real = kernelWith({});
    const kernel = kernelWith({
      sockets: {
        send: (...args) => (refuse ? -EIO : real.sockets.send(...args)),
        sendv: (...args) => (refuse ? -EIO : real.sockets.sendv(...args)),
      },
    });
    const direct = connected(new Noting(), kernel);
    refuse = true;
    direct.transport.write(text('x'));
    expect(direct.transport.isClosing()).toBe(true);
    settle(direct.loop);
    expect(direct.protocol.lostWith).toMatchObject({ code: 'EIO', syscall: 'send' });
    refuse = false;
    const queued = jammed(kernel);
    refuse = true;
    drainPeer(queued.peer);
    until(queued.loop, () => queued.protocol.lostWith !== undefined);
    expect(queued.protocol.lostWith).toMatchObject({ code: 'EIO' });
    expect(queued.transport.getWriteBufferSize()).toBe(0);
  });

  test('a send that is refused for now is not lost', () => {
    let refusals = 2;
    const real = kernelWith({});
    const kernel = kernelWith({
      sockets: { send: (...args) => (refusals-- > 0 ? -EAGAIN : real.sockets.send(...args)) },
    });
    const { loop, transport, peer } = connected(new Noting(), kernel);
    transport.write(text('patience'));
    expect(transport.getWriteBufferSize()).toBe(8);
    until(loop, () => transport.getWriteBufferSize() === 0);
    expect(peer.recv(100).toString()).toBe('patience');
  });
});

describe('ending', () => {
  test('close sends what is left, then tells the protocol', () => {
    const { loop, transport, protocol, peer, sock, filled } = jammed();
    transport.write(Buffer.alloc(200_000, 'x'));
    transport.close();
    transport.close();
    expect(transport.isClosing()).toBe(true);
    settle(loop);
    expect(protocol.lostWith).toBeUndefined();
    let count = 0;
    until(loop, () => {
      count += drainPeer(peer).length;
      return protocol.lostWith !== undefined;
    });
    count += drainPeer(peer).length;
    expect(count).toBe(filled + 200_000);
    expect(protocol.lostWith).toBe(null);
    expect(sock.closed).toBe(true);
    expect(peer.recv(1)).toHaveLength(0);
  });

  test('connectionLost is called once, not inside of close', () => {
    const { loop, transport, protocol } = connected(new Noting());
    transport.close();
    transport.abort();
    transport.close();
    expect(protocol.calls).toEqual(['made']);
    settle(loop);
    expect(protocol.calls).toEqual(['made', 'lost']);
  });

  test('abort drops what is left', () => {
    const { loop, transport, protocol, sock } = jammed();
    transport.close();
    transport.abort();
    expect(transport.getWriteBufferSize()).toBe(0);
    settle(loop);
    expect(protocol.lostWith).toBe(null);
    expect(sock.closed).toBe(true);
  });

  test('a peer that goes while something is queued ends it with an error', () => {
    const { loop, protocol, peer } = jammed();
    peer.close();
    until(loop, () => protocol.lostWith !== undefined);
    expect(['EPIPE', 'ECONNRESET']).toContain((protocol.lostWith as { code?: string } | null)?.code);
  });

  test('a peer that goes while the transport is flushing ends it too', () => {
    const { loop, transport, protocol, peer } = jammed();
    transport.close();
    settle(loop);
    peer.close();
    until(loop, () => protocol.lostWith !== undefined);
    expect(protocol.lostWith).not.toBe(null);
  });

  test('writes after the end are dropped; the fifth is reported, once', () => {
    const { loop, transport, takeReports } = connected(new Noting());
    transport.close();
    for (let i = 0; i < 4; i++) transport.write(text('x'));
    expect(takeReports()).toEqual([]);
    transport.writeLines([text('x')]);
    for (let i = 0; i < 10; i++) transport.write(text('x'));
    expect(takeReports().map(({ message }) => message)).toEqual([
      'write() was called 5 times on a transport that is closed; the bytes are dropped',
    ]);
    settle(loop);
    transport.write(text('x'));
  });

  test('writeEof ends one direction, after what is queued', () => {
    const { loop, transport, protocol, peer, filled } = jammed();
    expect(transport.canWriteEof()).toBe(true);
    transport.write(text('end'));
    transport.writeEof();
    transport.writeEof();
    expect(() => transport.write(text('x'))).toThrow(RuntimeError);
    expect(() => transport.writeLines([text('x')])).toThrow(RuntimeError);
    let count = 0;
    until(loop, () => {
      count += drainPeer(peer).length;
      return transport.getWriteBufferSize() === 0;
    });
    settle(loop);
    count += drainPeer(peer).length;
    expect(count).toBe(filled + 3);
    expect(peer.recv(1)).toHaveLength(0);
    peer.send(text('answer'));
    until(loop, () => protocol.received === 'answer');
  });

  test('writeEof after close does nothing', () => {
    const { loop, transport, protocol } = connected(new Noting());
    transport.close();
    transport.writeEof();
    settle(loop);
    expect(protocol.lostWith).toBe(null);
  });

  test('using closes', () => {
    const { loop, transport, protocol } = connected(new Noting());
    transport[Symbol.dispose]();
    settle(loop);
    expect(protocol.lostWith).toBe(null);
  });

  test('it describes itself in every state', () => {
    const { loop, transport } = jammed();
    expect(String(transport)).toMatch(/^<SocketTransport open reading unsent=\d+ <Socket fd=/);
    transport.close();
    expect(String(transport)).toMatch(/^<SocketTransport closing not reading/);
    transport.abort();
    settle(loop);
    expect(String(transport)).toMatch(/^<SocketTransport closed not reading unsent=0 <Socket closed/);
    expect(transport.getExtraInfo('nothing', 'fallback')).toBe('fallback');
    expect(transport.getExtraInfo('nothing')).toBe(null);
  });
});
