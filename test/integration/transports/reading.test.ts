/** What a stream transport tells its protocol of what arrives. */
import { describe, expect, test } from 'vitest';
import { BusyResourceError, ContextVar, KeyboardInterrupt } from '../../../src/index.ts';
import { EAGAIN, EINTR, EIO } from '../../../src/kernel/errno.ts';
import { SHUT_WR } from '../../../src/socket.ts';
import { kernelWith } from '../loop/real-loop.ts';
import { connected, Noting, NotingBuffered, settle, until } from './fixtures.ts';

const text = (value: string): Buffer => Buffer.from(value);

describe('receiving', () => {
  test('bytes go to the protocol, and belong to it', () => {
    const kept: Buffer[] = [];
    class Keeping extends Noting {
      override dataReceived(data: Buffer): void {
        kept.push(data);
        super.dataReceived(data);
      }
    }
    const { loop, protocol, peer } = connected(new Keeping());
    for (const part of ['one ', 'two ', 'three']) {
      peer.send(text(part));
      until(loop, () => protocol.received.endsWith(part));
    }
    expect(kept.map(String)).toEqual(['one ', 'two ', 'three']);
    expect(protocol.calls[0]).toBe('made');
  });

  test('large data arrives whole', () => {
    const { loop, protocol, peer } = connected(new Noting());
    const data = Buffer.alloc(3_000_000, 'abcdefghijk');
    let sent = 0;
    until(loop, () => {
      try {
        sent += peer.send(data.subarray(sent));
      } catch {}
      return protocol.received.length === data.length;
    });
    expect(protocol.received === data.toString('latin1')).toBe(true);
  });

  test('the end closes the transport, unless the protocol says not to', () => {
    for (const keepOpen of [false, true]) {
      const { loop, protocol, peer, transport } = connected(new Noting());
      protocol.keepOpen = keepOpen;
      peer.send(text('bye'));
      peer.shutdown(SHUT_WR);
      until(loop, () => protocol.calls.includes('eof'));
      settle(loop);
      expect(protocol.calls).toEqual(['made', 'data', 'eof', ...(keepOpen ? [] : ['lost'])]);
      expect(transport.isClosing()).toBe(!keepOpen);
      if (!keepOpen) continue;
      transport.write(text('still here'));
      expect(peer.recv(100).toString()).toBe('still here');
      transport.close();
      settle(loop);
      expect(protocol.calls.at(-1)).toBe('lost');
      expect(protocol.lostWith).toBe(null);
    }
  });

  test('a pause holds back bytes and end, resuming brings both', () => {
    const { loop, protocol, peer, transport } = connected(new Noting());
    transport.pauseReading();
    transport.pauseReading();
    expect(transport.isReading()).toBe(false);
    peer.send(text('held'));
    peer.shutdown(SHUT_WR);
    settle(loop);
    expect(protocol.calls).toEqual(['made']);
    transport.resumeReading();
    transport.resumeReading();
    expect(transport.isReading()).toBe(true);
    until(loop, () => protocol.calls.includes('lost'));
    expect(protocol.received).toBe('held');
    transport.pauseReading();
    transport.resumeReading();
    expect(transport.isReading()).toBe(false);
  });

  test('a pause in connectionMade holds from the first byte on', () => {
    class Shy extends Noting {
      override connectionMade(transport: never): void {
        super.connectionMade(transport);
        this.transport.pauseReading();
      }
    }
    const { loop, protocol, peer, transport } = connected(new Shy());
    peer.send(text('x'));
    settle(loop);
    expect(protocol.received).toBe('');
    transport.resumeReading();
    until(loop, () => protocol.received === 'x');
  });

  test('a pause by another callback in the pass of the event holds too', () => {
    const { loop, protocol, peer, transport } = connected(new Noting());
    peer.send(text('x'));
    loop.callSoon(() => loop.callSoon(() => transport.pauseReading()));
    settle(loop);
    transport.resumeReading();
    until(loop, () => protocol.received === 'x');
    expect(protocol.received).toBe('x');
  });

  test.each([EAGAIN, EINTR])('errno %i means "not now"', (errno) => {
    let refusals = 3;
    const real = kernelWith({});
    const kernel = kernelWith({
      sockets: { recv: (...args) => (refusals-- > 0 ? -errno : real.sockets.recv(...args)) },
    });
    const { loop, protocol, peer } = connected(new Noting(), kernel);
    peer.send(text('x'));
    until(loop, () => protocol.received === 'x');
    expect(refusals).toBeLessThan(0);
  });

  test('an error of the system ends it, and is for the protocol alone', () => {
    const kernel = kernelWith({ sockets: { recv: () => -EIO } });
    const { loop, protocol, peer } = connected(new Noting(), kernel);
    peer.send(text('x'));
    until(loop, () => protocol.lostWith !== undefined);
    expect(protocol.lostWith).toMatchObject({ code: 'EIO', syscall: 'recv' });
  });

  test.each(['data', 'eof'])('an error in the protocol (%s) is reported and ends it', (call) => {
    const { loop, protocol, peer, transport, takeReports } = connected(new Noting());
    protocol.fails = call;
    peer.send(text('x'));
    peer.shutdown(SHUT_WR);
    until(loop, () => protocol.lostWith !== undefined);
    expect(protocol.lostWith?.message).toBe(`${call} failed`);
    const [report, ...others] = takeReports();
    expect(others).toEqual([]);
    expect(report?.message).toMatch(/^Fatal error: protocol\.(dataReceived|eofReceived)\(\) call failed\.$/);
    expect(report?.transport === transport && report.protocol === protocol).toBe(true);
  });

  test('an error in connectionLost is reported, and the socket closed all the same', () => {
    const { loop, protocol, transport, takeReports } = connected(new Noting());
    const sock = transport.getExtraInfo('socket');
    protocol.fails = 'lost';
    transport.close();
    settle(loop);
    expect(takeReports().map(({ message }) => message)).toEqual(['protocol.connectionLost() failed']);
    expect(sock?.closed).toBe(true);
  });

  test('an interrupt in the protocol reaches who runs the loop', () => {
    class Interrupting extends Noting {
      override dataReceived(): void {
        throw new KeyboardInterrupt('stop');
      }
    }
    const { loop, peer } = connected(new Interrupting());
    peer.send(text('x'));
    expect(() => settle(loop)).toThrow(KeyboardInterrupt);
    // The task that was interrupted ends.
    settle(loop);
  });

  test('the protocol is called in the context that the transport was made in', () => {
    const who = new ContextVar<string>('who', { default: 'nobody' });
    const seen: string[] = [];
    class Looking extends Noting {
      override dataReceived(data: Buffer): void {
        seen.push(`${who.get()} ${data}`);
        super.dataReceived(data);
      }

      override connectionLost(error: Error | null): void {
        seen.push(who.get());
        super.connectionLost(error);
      }
    }
    const token = who.set('maker');
    const { loop, protocol, peer, transport } = connected(new Looking());
    who.reset(token);
    peer.send(text('x'));
    until(loop, () => protocol.received === 'x');
    transport.close();
    settle(loop);
    expect(seen).toEqual(['maker x', 'maker']);
  });
});

describe('receiving into a buffer of the protocol', () => {
  test('asks for a buffer for each receive, and says how much came', () => {
    const { loop, protocol, peer } = connected(new NotingBuffered());
    peer.send(text('0123456789abc'));
    peer.shutdown(SHUT_WR);
    until(loop, () => protocol.calls.at(-1) === 'lost');
    expect(protocol.received).toBe('0123456789abc');
    expect(protocol.calls).toEqual([
      'getBuffer -1',
      'updated 10',
      'getBuffer -1',
      'updated 3',
      'getBuffer -1',
      'eof',
      'lost',
    ]);
  });

  test.each([
    ['getBuffer', 'getBuffer'],
    ['updated', 'bufferUpdated'],
    ['eof', 'eofReceived'],
  ])('an error in %s ends it', (call, name) => {
    const { loop, protocol, peer, takeReports } = connected(new NotingBuffered());
    protocol.fails = call;
    peer.send(text('x'));
    peer.shutdown(SHUT_WR);
    until(loop, () => protocol.calls.at(-1)?.startsWith('lost') === true);
    expect(takeReports().map(({ message }) => message)).toEqual([
      `Fatal error: protocol.${name}() call failed.`,
    ]);
  });

  test('a buffer without room is an error', () => {
    const { loop, protocol, peer, takeReports } = connected(new NotingBuffered());
    protocol.buffer = Buffer.alloc(0);
    peer.send(text('x'));
    until(loop, () => protocol.calls.at(-1)?.startsWith('lost') === true);
    expect(String(takeReports()[0]?.exception)).toContain('getBuffer() returned an empty buffer');
  });

  test('protocols of both kinds may follow each other', () => {
    const first = new Noting();
    const { loop, peer, transport } = connected(first);
    const second = new NotingBuffered();
    const third = new Noting();
    for (const protocol of [first, second, third]) {
      transport.setProtocol(protocol);
      expect(transport.getProtocol()).toBe(protocol);
      peer.send(text('abc'));
      until(loop, () => protocol.received === 'abc');
    }
  });
});

describe('a descriptor with a transport', () => {
  test('is not for others to watch or to receive from', () => {
    const { loop, transport, protocol, peer } = connected(new Noting());
    const sock = transport.getExtraInfo('socket');
    if (sock === null) throw new Error('no socket');
    expect(() => loop.addReader(sock, () => {})).toThrow(BusyResourceError);
    expect(() => loop.sockRecv(sock)).toThrow(BusyResourceError);
    expect(loop.removeReader(sock)).toBe(false);
    peer.send(text('mine'));
    until(loop, () => protocol.received === 'mine');
  });

  test('that is closed behind its back loses its connection', () => {
    const { loop, transport, protocol } = connected(new Noting());
    transport.getExtraInfo('socket')?.close();
    settle(loop);
    expect(protocol.lostWith).toMatchObject({ code: 'EBADF' });
  });

  test('is released when the loop is closed', () => {
    const { loop, transport, protocol } = connected(new Noting());
    const sock = transport.getExtraInfo('socket');
    transport.pauseReading();
    loop.close();
    expect(sock?.closed).toBe(true);
    expect(protocol.calls).toEqual(['made']);
  });
});
