/**
 * Reading by socket transports: what CPython 3.13 asks in test_selector_events, of protocols of both kinds.
 */
import { describe, expect, it } from 'vitest';
import { Future } from '../../src/index.ts';
import { EAGAIN, ECONNRESET, EINTR, EIO } from '../../src/kernel/errno.ts';
import { SHUT_WR } from '../../src/socket.ts';
import { SocketTransport } from '../../src/transports/socket-transport.ts';
import { pair, realLoop } from '../integration/loop/real-loop.ts';
import { connected, Noting, NotingBuffered, settle } from '../integration/transports/fixtures.ts';
import { scriptedReceives } from './scripted-calls.ts';

const text = (value: string): Buffer => Buffer.from(value);

describe('a transport that is made', () => {
  it('ctor, ctor_with_waiter: tells its protocol, reads, and completes its waiter, in this order', () => {
    const { loop } = realLoop();
    const [mine, peer] = pair();
    const protocol = new Noting();
    const waiter = new Future<void>({ loop });
    const transport = new SocketTransport(loop, mine, protocol, { waiter });
    peer.send(text('x'));
    expect(protocol.calls).toEqual([]);
    loop.runUntilComplete(waiter);
    // A slow machine may poll, and find the byte, before the run ends.
    expect([protocol.calls[0], waiter.result()]).toEqual(['made', undefined]);
    expect([protocol.transport === transport, transport.isReading()]).toEqual([true, true]);
    settle(loop);
    expect(protocol.received).toBe('x');
    transport.abort();
    settle(loop);
  });

  it('make_socket_transport: knows its socket and both names', () => {
    const { transport } = connected(new Noting());
    const sock = transport.getExtraInfo('socket');
    expect(transport.getExtraInfo('sockname')).toEqual(sock?.getsockname());
    expect(transport.getExtraInfo('peername')).toEqual(sock?.getpeername());
  });
});

describe('a pause of reading', () => {
  it('pause_resume_reading: twice is once, and closing ends it', () => {
    const { transport } = connected(new Noting());
    const seen = [transport.isReading()];
    for (const call of ['pauseReading', 'pauseReading', 'resumeReading', 'resumeReading', 'close'] as const) {
      transport[call]();
      seen.push(transport.isReading());
    }
    expect(seen).toEqual([true, false, false, true, true, false]);
  });

  it('pause_reading_connection_made: holds from the first byte', () => {
    class Pausing extends Noting {
      override connectionMade(transport: Parameters<Noting['connectionMade']>[0]): void {
        super.connectionMade(transport);
        transport.pauseReading();
      }
    }
    const { loop, transport, protocol, peer } = connected(new Pausing());
    peer.send(text('x'));
    settle(loop);
    expect([transport.isReading(), protocol.received]).toEqual([false, '']);
    transport.resumeReading();
    settle(loop);
    expect([transport.isReading(), protocol.received]).toEqual([true, 'x']);
  });
});

describe('what a receive brings', () => {
  it('read_ready: bytes go to the protocol', () => {
    const { loop, protocol, peer } = connected(new Noting());
    peer.send(text('data'));
    settle(loop);
    expect([protocol.calls, protocol.received]).toEqual([['made', 'data'], 'data']);
  });

  it.each([
    ['read_ready_eof', false, ['made', 'eof', 'lost']],
    ['read_ready_eof_keep_open', true, ['made', 'eof']],
  ])('%s: the end closes, unless the protocol keeps it open', (_name, keepOpen, calls) => {
    const { loop, protocol, peer } = connected(new Noting());
    protocol.keepOpen = keepOpen;
    peer.shutdown(SHUT_WR);
    settle(loop);
    expect(protocol.calls).toEqual(calls);
  });

  it.each([
    ['read_ready_tryagain', EAGAIN],
    ['read_ready_tryagain_interrupted', EINTR],
  ])('%s: is tried again', (_name, errno) => {
    const { kernel, asked } = scriptedReceives('recv', -errno);
    const { loop, protocol, peer } = connected(new Noting(), kernel);
    peer.send(text('data'));
    settle(loop);
    expect([protocol.received, asked.count]).toEqual(['data', 2]);
  });

  it.each([
    ['read_ready_conn_reset', ECONNRESET, 'ECONNRESET'],
    ['read_ready_err', EIO, 'EIO'],
  ])('%s: ends the connection, and is for the protocol alone', (_name, errno, code) => {
    const { kernel } = scriptedReceives('recv', -errno);
    const { loop, protocol, peer } = connected(new Noting(), kernel);
    peer.send(text('data'));
    settle(loop);
    expect([protocol.calls, protocol.lostWith]).toMatchObject([['made', 'lost'], { code, syscall: 'recv' }]);
  });

  it.each([
    ['data_received_error', 'data', 'dataReceived'],
    ['read_eof_received_error', 'eof', 'eofReceived'],
  ])('%s: is reported and ends the connection', (_name, call, method) => {
    const { loop, protocol, peer, takeReports } = connected(new Noting());
    protocol.fails = call;
    if (call === 'data') peer.send(text('x'));
    else peer.shutdown(SHUT_WR);
    settle(loop);
    expect(takeReports().map((report) => report.message)).toEqual([
      `Fatal error: protocol.${method}() call failed.`,
    ]);
    expect(protocol.calls.at(-1)).toBe('lost');
  });
});

describe('a buffered protocol', () => {
  it('ctor, read_ready: is asked for memory, and told how much of it is used', () => {
    const { loop, protocol, peer } = connected(new NotingBuffered());
    peer.send(text('data'));
    settle(loop);
    expect([protocol.received, protocol.calls]).toEqual(['data', ['getBuffer -1', 'updated 4']]);
  });

  it.each([
    ['get_buffer_error', 'getBuffer', 'protocol.getBuffer() call failed'],
    ['buffer_updated_error', 'updated', 'protocol.bufferUpdated() call failed'],
    ['read_eof_received_error', 'eof', 'protocol.eofReceived() call failed'],
  ])('%s: is reported and ends the connection', (_name, call, message) => {
    const { loop, protocol, peer, takeReports } = connected(new NotingBuffered());
    protocol.fails = call;
    if (call === 'eof') peer.shutdown(SHUT_WR);
    else peer.send(text('x'));
    settle(loop);
    expect(takeReports().map((report) => report.message)).toEqual([`Fatal error: ${message}.`]);
    expect(protocol.calls.at(-1)).toMatch(/^lost .* failed$/);
  });

  it('get_buffer_zerosized: memory without room is an error', () => {
    const { loop, protocol, peer, takeReports } = connected(new NotingBuffered());
    protocol.buffer = Buffer.alloc(0);
    peer.send(text('x'));
    settle(loop);
    expect(String(takeReports()[0]?.exception)).toMatch(/empty buffer/);
    expect(protocol.calls.at(-1)).toMatch(/^lost/);
  });

  it('proto_type_switch: protocols of both kinds follow each other', () => {
    const { loop, transport, protocol, peer } = connected(new Noting());
    peer.send(text('one'));
    settle(loop);
    const buffered = new NotingBuffered();
    transport.setProtocol(buffered);
    peer.send(text('two'));
    settle(loop);
    transport.setProtocol(protocol);
    peer.send(text('three'));
    settle(loop);
    expect([protocol.received, buffered.received]).toEqual(['onethree', 'two']);
  });

  it('read_ready_eof: the end closes', () => {
    const { loop, protocol, peer } = connected(new NotingBuffered());
    peer.shutdown(SHUT_WR);
    settle(loop);
    expect(protocol.calls).toEqual(['getBuffer -1', 'eof', 'lost']);
  });

  it('read_ready_eof_keep_open: unless it is kept open', () => {
    class KeepingOpen extends NotingBuffered {
      override eofReceived(): boolean {
        super.eofReceived();
        return true;
      }
    }
    const { loop, protocol, transport, peer } = connected(new KeepingOpen());
    peer.shutdown(SHUT_WR);
    settle(loop);
    expect([protocol.calls, transport.isClosing()]).toEqual([['getBuffer -1', 'eof'], false]);
  });

  it.each([
    ['read_ready_tryagain', EAGAIN],
    ['read_ready_tryagain_interrupted', EINTR],
  ])('%s: is tried again', (_name, errno) => {
    const { kernel } = scriptedReceives('recv', -errno);
    const { loop, protocol, peer } = connected(new NotingBuffered(), kernel);
    peer.send(text('data'));
    settle(loop);
    expect(protocol.received).toBe('data');
  });

  it.each([
    ['read_ready_conn_reset', ECONNRESET, 'ECONNRESET'],
    ['read_ready_err', EIO, 'EIO'],
  ])('%s: ends the connection', (_name, errno, code) => {
    const { kernel } = scriptedReceives('recv', -errno);
    const { loop, protocol, peer } = connected(new NotingBuffered(), kernel);
    peer.send(text('data'));
    settle(loop);
    expect(protocol.calls.at(-1)).toContain(code);
  });
});
