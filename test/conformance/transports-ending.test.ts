/** How transports end: what CPython 3.13 asks of _SelectorTransport in test_selector_events. */
import { describe, expect, it } from 'vitest';
import { EPIPE } from '../../src/kernel/errno.ts';
import { connected, Noting, settle } from '../integration/transports/fixtures.ts';
import { scriptedSends } from './scripted-calls.ts';

const bytes = (text: string): Buffer => Buffer.from(text);

describe('a fatal error', () => {
  it('fatal_error: of the system is not reported', () => {
    const { kernel } = scriptedSends(-EPIPE);
    const { loop, transport, takeReports, protocol } = connected(new Noting(), kernel);
    transport.write(bytes('data'));
    settle(loop);
    expect([takeReports(), protocol.lostWith]).toMatchObject([[], { code: 'EPIPE' }]);
  });

  it('fatal_error_custom_exception: of the protocol is, with both of them', () => {
    const { loop, transport, takeReports, protocol, peer } = connected(new Noting());
    protocol.fails = 'data';
    peer.send(bytes('x'));
    settle(loop);
    const [report] = takeReports();
    expect(report?.message).toMatch(/^Fatal error/);
    expect([report?.transport === transport, report?.protocol === protocol]).toEqual([true, true]);
    expect(report?.exception).toBe(protocol.lostWith);
  });

  it('connection_lost: is told once, and the socket closed', () => {
    const { loop, transport, protocol } = connected(new Noting());
    const sock = transport.getExtraInfo('socket');
    transport.abort();
    expect(sock?.closed).toBe(false);
    settle(loop);
    expect([protocol.calls, sock?.closed]).toEqual([['made', 'lost'], true]);
  });

  it('_add_reader: a transport that has ended does not read again', () => {
    const { loop, transport, protocol, peer } = connected(new Noting());
    transport.abort();
    transport.resumeReading();
    peer.send(bytes('x'));
    settle(loop);
    expect([transport.isReading(), protocol.calls]).toEqual([false, ['made', 'lost']]);
  });
});
