import { describe, expect, it } from 'vitest';
import { defaultKernel } from '../../src/kernel/default-kernel.ts';
import { EAGAIN, ECONNREFUSED, EPERM } from '../../src/kernel/errno.ts';
import type { Kernel } from '../../src/kernel/kernel.ts';
import { AF_INET, SOCK_DGRAM, Socket } from '../../src/socket.ts';
import { kernelWith, owned, realLoop } from '../integration/loop/real-loop.ts';
import { settle } from '../integration/transports/fixtures.ts';
import { onTeardown } from '../support/teardown.ts';
import { Noting } from './datagram-fixture.ts';
import { type Answer, scriptedSends } from './scripted-calls.ts';

const bytes = (text: string): Buffer => Buffer.from(text);
const somewhere = ['127.0.0.1', 9] as const;

/** An endpoint: connected to `somewhere`, or bound. */
function endpoint(isConnected: boolean, kernel: Kernel = defaultKernel()) {
  const world = realLoop({ kernel });
  const options = isConnected ? { remoteAddr: somewhere } : { localAddr: ['127.0.0.1', 0] as const };
  const [transport, protocol] = world.loop.run(
    world.loop.createDatagramEndpoint(() => new Noting(), options),
  );
  onTeardown(() => transport.abort());
  return { ...world, transport, protocol };
}

interface Row {
  readonly answers?: readonly Answer[];
  readonly messages: readonly Uint8Array[];
  /** What the sends were given at once, and later. */
  readonly sent: readonly string[];
  readonly later?: readonly string[];
}

const array = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));
const view = (text: string): Uint8Array => Buffer.from(`<${text}>`).subarray(1, -1);

const rows: readonly (readonly [name: string, row: Row])[] = [
  ['sendto', { messages: [bytes('data')], sent: ['data'] }],
  ['sendto_bytearray', { messages: [array('data')], sent: ['data'] }],
  ['sendto_memoryview', { messages: [view('data')], sent: ['data'] }],
  ['sendto_no_data', { messages: [bytes('')], sent: [''] }],
  ['sendto_tryagain', { answers: [-EAGAIN], messages: [bytes('data')], sent: ['data'], later: ['data'] }],
  [
    'sendto_buffer',
    {
      answers: [-EAGAIN],
      messages: [bytes('data1'), bytes('data2')],
      sent: ['data1'],
      later: ['data1', 'data2'],
    },
  ],
  [
    'sendto_buffer_bytearray',
    {
      answers: [-EAGAIN],
      messages: [bytes('data1'), array('data2')],
      sent: ['data1'],
      later: ['data1', 'data2'],
    },
  ],
  [
    'sendto_buffer_memoryview',
    {
      answers: [-EAGAIN],
      messages: [bytes('data1'), view('data2')],
      sent: ['data1'],
      later: ['data1', 'data2'],
    },
  ],
  [
    'sendto_buffer_nodata',
    { answers: [-EAGAIN], messages: [bytes('data1'), bytes('')], sent: ['data1'], later: ['data1', ''] },
  ],
  ['sendto_ready', { answers: [-EAGAIN], messages: [bytes('data')], sent: ['data'], later: ['data'] }],
  [
    'sendto_ready_tryagain',
    {
      answers: [-EAGAIN, -EAGAIN],
      messages: [bytes('data1'), bytes('data2')],
      sent: ['data1'],
      later: ['data1', 'data1', 'data2'],
    },
  ],
];

describe('a message that is sent', () => {
  it.each(rows)('%s', (_name, row) => {
    const { kernel, sent } = scriptedSends(...(row.answers ?? []));
    const { loop, transport } = endpoint(false, kernel);
    for (const message of row.messages) transport.sendto(message, somewhere);
    expect(sent).toEqual(row.sent);
    settle(loop);
    // A unix socket that takes nothing is tried again after a while; a UDP socket at once.
    settle(loop);
    expect(sent.slice(row.sent.length)).toEqual(row.later ?? []);
    expect(transport.getWriteBufferSize()).toBe(0);
  });

  it('sendto_buffer_bytearray: what waits is a copy', () => {
    const { kernel, sent } = scriptedSends(-EAGAIN);
    const { loop, transport } = endpoint(false, kernel);
    const data = array('data');
    transport.sendto(data, somewhere);
    data.fill(0);
    settle(loop);
    expect(sent).toEqual(['data', 'data']);
  });

  it('sendto_str: text is refused', () => {
    const { transport } = endpoint(false);
    expect(() => transport.sendto('data' as unknown as Uint8Array, somewhere)).toThrow(TypeError);
  });

  it('sendto_connected_addr: to another address than the remote one is refused', () => {
    const { transport } = endpoint(true);
    expect(() => transport.sendto(bytes('data'), ['127.0.0.1', 10])).toThrow(RangeError);
  });

  it('sendto_closing: after the end is counted and dropped; many are reported, once', () => {
    const { kernel, sent } = scriptedSends();
    const { loop, transport, takeReports } = endpoint(true, kernel);
    transport.close();
    for (let i = 0; i < 10; i++) transport.sendto(bytes('data'));
    settle(loop);
    expect([sent, takeReports().length]).toEqual([[], 1]);
  });

  it('sendto_ready_closing: a close waits for what is left', () => {
    const { kernel, sent } = scriptedSends(-EAGAIN);
    const { loop, transport, protocol } = endpoint(true, kernel);
    transport.sendto(bytes('data'));
    transport.close();
    settle(loop);
    expect([sent, protocol.lostWith]).toEqual([['data', 'data'], null]);
  });
});

describe('a message that is refused', () => {
  it.each<[string, boolean, readonly Answer[]]>([
    ['sendto_error_received', false, [-ECONNREFUSED]],
    ['sendto_error_received_connected', true, [-ECONNREFUSED]],
    ['sendto_ready_error_received', false, [-EAGAIN, -ECONNREFUSED]],
    ['sendto_ready_error_received_connection', true, [-EAGAIN, -ECONNREFUSED]],
  ])('%s: is an error for the protocol, and the endpoint goes on', (_name, isConnected, answers) => {
    const { kernel, sent } = scriptedSends(...answers);
    const { loop, transport, protocol } = endpoint(isConnected, kernel);
    transport.sendto(bytes('refused'), isConnected ? null : somewhere);
    settle(loop);
    transport.sendto(bytes('next'), isConnected ? null : somewhere);
    expect([protocol.errors, sent.at(-1), transport.isClosing()]).toEqual([['ECONNREFUSED'], 'next', false]);
  });
});

describe('a message that arrives', () => {
  it('read_ready: goes to the protocol, with its sender', () => {
    const { loop, transport, protocol } = endpoint(false);
    const sender = owned(new Socket(AF_INET, SOCK_DGRAM));
    sender.bind(['127.0.0.1', 0]);
    sender.sendto(bytes('data'), transport.getExtraInfo('sockname') as [string, number]);
    settle(loop);
    expect(protocol.received).toEqual([['data', sender.getsockname()]]);
  });

  it.each([
    ['read_ready_tryagain', EAGAIN, []],
    ['read_ready_oserr', EPERM, ['EPERM']],
  ])('%s: the endpoint goes on', (_name, errno, errors) => {
    let refusals = 1;
    const real = kernelWith({});
    const kernel = kernelWith({
      sockets: { recvMany: (...args) => (refusals-- > 0 ? -errno : real.sockets.recvMany(...args)) },
    });
    const { loop, transport, protocol } = endpoint(false, kernel);
    const sender = owned(new Socket(AF_INET, SOCK_DGRAM));
    sender.sendto(bytes('data'), transport.getExtraInfo('sockname') as [string, number]);
    settle(loop);
    expect([protocol.errors, protocol.received.length, transport.isClosing()]).toEqual([errors, 1, false]);
  });
});
