/**
 * Writing to socket transports: what CPython 3.13 asks of _SelectorSocketTransport in test_selector_events.
 */
import { describe, expect, it } from 'vitest';
import { EAGAIN, EIO } from '../../src/kernel/errno.ts';
import { SHUT_WR } from '../../src/socket.ts';
import type { Transport } from '../../src/transports/transport.ts';
import { kernelWith } from '../integration/loop/real-loop.ts';
import { connected, Noting, settle } from '../integration/transports/fixtures.ts';
import { type Answer, scriptedSends } from './scripted-calls.ts';

const bytes = (text: string): Buffer => Buffer.from(text);
/** A view into larger memory, as a memoryview is. */
const view = (text: string): Uint8Array => Buffer.from(`<${text}>`).subarray(1, -1);
const array = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));

interface Row {
  /** How the sends are answered; those after them take all. */
  readonly answers: readonly Answer[];
  readonly write: (transport: Transport) => void;
  /** What each send was given until then, and how much was left. */
  readonly sent: readonly string[];
  readonly unsent: number;
  /** What further sends were given when there was room. */
  readonly later?: readonly string[];
}

const jam = (transport: Transport): void => transport.write(bytes('data1'));

const rows: readonly (readonly [name: string, row: Row])[] = [
  ['write', { answers: [4], write: (t) => t.write(bytes('data')), sent: ['data'], unsent: 0 }],
  ['write_bytearray', { answers: [4], write: (t) => t.write(array('data')), sent: ['data'], unsent: 0 }],
  ['write_memoryview', { answers: [4], write: (t) => t.write(view('data')), sent: ['data'], unsent: 0 }],
  [
    'write_no_data',
    {
      answers: [-EAGAIN],
      write: (t) => {
        jam(t);
        t.write(bytes(''));
      },
      sent: ['data1'],
      unsent: 5,
      later: ['data1'],
    },
  ],
  [
    'write_buffer',
    {
      answers: [-EAGAIN],
      write: (t) => {
        jam(t);
        t.write(bytes('data2'));
      },
      sent: ['data1'],
      unsent: 10,
      later: ['data1data2'],
    },
  ],
  [
    'write_partial',
    { answers: [2], write: (t) => t.write(bytes('data')), sent: ['data'], unsent: 2, later: ['ta'] },
  ],
  [
    'write_partial_bytearray',
    { answers: [2], write: (t) => t.write(array('data')), sent: ['data'], unsent: 2, later: ['ta'] },
  ],
  [
    'write_partial_memoryview',
    { answers: [2], write: (t) => t.write(view('data')), sent: ['data'], unsent: 2, later: ['ta'] },
  ],
  [
    'write_partial_none',
    { answers: [0], write: (t) => t.write(bytes('data')), sent: ['data'], unsent: 4, later: ['data'] },
  ],
  [
    'write_tryagain',
    { answers: [-EAGAIN], write: (t) => t.write(bytes('data')), sent: ['data'], unsent: 4, later: ['data'] },
  ],
  [
    'write_sendmsg_no_data',
    {
      answers: [-EAGAIN],
      write: (t) => {
        jam(t);
        t.writeLines([bytes('')]);
        t.writeLines([]);
      },
      sent: ['data1'],
      unsent: 5,
      later: ['data1'],
    },
  ],
  [
    'writelines_sendmsg_full',
    { answers: [4], write: (t) => t.writeLines([view('data')]), sent: ['data'], unsent: 0 },
  ],
  [
    'writelines_sendmsg_partial',
    { answers: [2], write: (t) => t.writeLines([view('data')]), sent: ['data'], unsent: 2, later: ['ta'] },
  ],
  [
    'writelines_send_full',
    {
      answers: [8],
      write: (t) => t.writeLines([view('data'), array('more')]),
      sent: ['datamore'],
      unsent: 0,
    },
  ],
  [
    'writelines_send_partial',
    {
      answers: [2],
      write: (t) => t.writeLines([view('data'), array('more')]),
      sent: ['datamore'],
      unsent: 6,
      later: ['tamore'],
    },
  ],
  [
    'write_sendmsg_full',
    {
      answers: [-EAGAIN],
      write: (t) => {
        jam(t);
        t.writeLines([view('data2'), bytes('data3')]);
      },
      sent: ['data1'],
      unsent: 15,
      later: ['data1data2data3'],
    },
  ],
  [
    'write_sendmsg_partial',
    {
      answers: [-EAGAIN, 2],
      write: jam,
      sent: ['data1'],
      unsent: 5,
      later: ['data1', 'ta1'],
    },
  ],
  [
    'write_sendmsg_half_buffer',
    {
      answers: [-EAGAIN, 7],
      write: (t) => {
        jam(t);
        t.write(bytes('data2'));
      },
      sent: ['data1'],
      unsent: 10,
      later: ['data1data2', 'ta2'],
    },
  ],
  ['write_ready', { answers: [-EAGAIN], write: jam, sent: ['data1'], unsent: 5, later: ['data1'] }],
  [
    'write_ready_partial',
    { answers: [-EAGAIN, 2, 1], write: jam, sent: ['data1'], unsent: 5, later: ['data1', 'ta1', 'a1'] },
  ],
  [
    'write_ready_partial_none',
    { answers: [-EAGAIN, 0], write: jam, sent: ['data1'], unsent: 5, later: ['data1', 'data1'] },
  ],
  [
    'write_ready_tryagain',
    { answers: [-EAGAIN, -EAGAIN], write: jam, sent: ['data1'], unsent: 5, later: ['data1', 'data1'] },
  ],
];

describe('a write', () => {
  it.each(rows)('%s', (_name, row) => {
    const { kernel, sent } = scriptedSends(...row.answers);
    const { loop, transport, protocol } = connected(new Noting(), kernel);
    row.write(transport);
    expect([sent, transport.getWriteBufferSize()]).toEqual([row.sent, row.unsent]);
    settle(loop);
    expect(sent.slice(row.sent.length)).toEqual(row.later ?? []);
    expect([transport.getWriteBufferSize(), protocol.calls]).toEqual([0, ['made']]);
  });

  it('write_bytearray: its memory is as it was', () => {
    const { kernel } = scriptedSends(2);
    const { loop, transport } = connected(new Noting(), kernel);
    const data = array('data');
    transport.write(data);
    settle(loop);
    expect(Buffer.from(data).toString()).toBe('data');
  });

  it('write_str: text is refused', () => {
    const { transport } = connected(new Noting());
    expect(() => transport.write('data' as unknown as Uint8Array)).toThrow(TypeError);
  });

  it('write_closing: after the end it is counted and dropped; many are reported, once', () => {
    const { kernel, sent } = scriptedSends();
    const { loop, transport, takeReports } = connected(new Noting(), kernel);
    transport.close();
    for (let i = 0; i < 10; i++) transport.write(bytes('data'));
    settle(loop);
    expect([sent, takeReports().length]).toEqual([[], 1]);
  });
});

describe('a write that the system refuses', () => {
  it.each<[string, readonly Answer[], (transport: Transport) => void]>([
    ['write_exception', [-EIO], (t) => t.write(bytes('data'))],
    ['write_sendmsg_OSError', [-EAGAIN, -EIO], (t) => t.writeLines([bytes('da'), bytes('ta')])],
    ['write_ready_exception', [-EAGAIN, -EIO], (t) => t.write(bytes('data'))],
  ])(
    '%s: ends the connection, with what was unsent, and is for the protocol alone',
    (_name, answers, write) => {
      const { kernel } = scriptedSends(...answers);
      const { loop, transport, protocol } = connected(new Noting(), kernel);
      write(transport);
      settle(loop);
      expect([transport.isClosing(), transport.getWriteBufferSize()]).toEqual([true, 0]);
      expect([protocol.calls, protocol.lostWith]).toMatchObject([
        ['made', 'lost'],
        { code: 'EIO', syscall: 'send' },
      ]);
    },
  );
});

describe('the end of writing', () => {
  it('write_ready_closing: a close sends what is left, then the protocol is told', () => {
    const { kernel, sent } = scriptedSends(-EAGAIN);
    const { loop, transport, protocol } = connected(new Noting(), kernel);
    transport.write(bytes('data'));
    transport.close();
    expect(protocol.calls).toEqual(['made']);
    settle(loop);
    expect([sent, protocol.calls, protocol.lostWith]).toEqual([['data', 'data'], ['made', 'lost'], null]);
  });

  it('close_write_buffer, close: with nothing left it ends at once, and twice is once', () => {
    const { loop, transport, protocol } = connected(new Noting());
    transport.close();
    transport.close();
    expect([transport.isClosing(), protocol.calls]).toEqual([true, ['made']]);
    settle(loop);
    expect(protocol.calls).toEqual(['made', 'lost']);
  });

  it('abort, force_close: what is left is dropped', () => {
    const { kernel, sent } = scriptedSends(-EAGAIN);
    const { loop, transport, protocol } = connected(new Noting(), kernel);
    transport.write(bytes('data'));
    transport.abort();
    expect([transport.isClosing(), transport.getWriteBufferSize()]).toEqual([true, 0]);
    transport.abort();
    settle(loop);
    expect([sent, protocol.calls, protocol.lostWith]).toEqual([['data'], ['made', 'lost'], null]);
  });

  /** A kernel that notes how sockets are shut down. */
  function shutdowns() {
    const real = kernelWith({});
    const how: number[] = [];
    const { sent, answers, kernel } = scriptedSends(-EAGAIN);
    const noting = kernelWith({
      sockets: {
        ...kernel.sockets,
        shutdown: (fd, direction) => {
          how.push(direction);
          return real.sockets.shutdown(fd, direction);
        },
      },
    });
    return { how, sent, answers, kernel: noting };
  }

  it('write_eof: shuts one direction down, once', () => {
    const { how, kernel } = shutdowns();
    const { transport } = connected(new Noting(), kernel);
    expect(transport.canWriteEof()).toBe(true);
    transport.writeEof();
    transport.writeEof();
    expect(how).toEqual([SHUT_WR]);
    expect(() => transport.write(bytes('x'))).toThrow('Cannot call write() after writeEof()');
  });

  it('write_eof_buffer: after what is left', () => {
    const { how, sent, kernel } = shutdowns();
    const { loop, transport } = connected(new Noting(), kernel);
    transport.write(bytes('data'));
    transport.writeEof();
    expect(how).toEqual([]);
    settle(loop);
    expect([sent, how]).toEqual([['data', 'data'], [SHUT_WR]]);
  });

  it('write_eof_after_close: does nothing', () => {
    const { how, kernel } = shutdowns();
    const { loop, transport } = connected(new Noting(), kernel);
    transport.close();
    settle(loop);
    transport.writeEof();
    expect(how).toEqual([]);
  });
});
