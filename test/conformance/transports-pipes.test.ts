/**
 * Pipes: what CPython 3.13 asks of the two pipe transports in test_unix_events, and of pipes in test_events.
 */
import { describe, expect, it } from 'vitest';
import { defaultKernel } from '../../src/kernel/default-kernel.ts';
import { EAGAIN, EIO, EPIPE } from '../../src/kernel/errno.ts';
import { StreamReaderProtocol } from '../../src/streams/stream-protocol.ts';
import { StreamReader } from '../../src/streams/stream-reader.ts';
import type { WriteTransport } from '../../src/transports/transport.ts';
import { realLoop } from '../integration/loop/real-loop.ts';
import { Noting, settle } from '../integration/transports/fixtures.ts';
import { onTeardown } from '../support/teardown.ts';
import { type Answer, scriptedReceives, scriptedSends } from './scripted-calls.ts';

const { fds } = defaultKernel();
const bytes = (text: string): Buffer => Buffer.from(text);

/** A pipe; the end that a transport takes is given to it. */
function newPipe() {
  const out = new Int32Array(2);
  expect(fds.pipe(out)).toBe(0);
  const [reader, writer] = out as unknown as [number, number];
  const open = new Set([reader, writer]);
  const close = (fd: number): void => {
    if (open.delete(fd)) fds.close(fd);
  };
  onTeardown(() => [...open].forEach(close));
  return { reader, writer, close, give: (fd: number) => open.delete(fd) };
}

function reading(...answers: readonly (string | number)[]) {
  const { kernel, asked } = scriptedReceives('read', ...answers);
  const world = realLoop({ kernel });
  const pipe = newPipe();
  const [transport, protocol] = world.loop.run(world.loop.connectReadPipe(() => new Noting(), pipe.reader));
  pipe.give(pipe.reader);
  onTeardown(() => transport.close());
  return { ...world, ...pipe, asked, transport, protocol };
}

function writing(...script: Answer[]) {
  const { kernel, sent, answers } = scriptedSends(...script);
  const world = realLoop({ kernel });
  const pipe = newPipe();
  const [transport, protocol] = world.loop.run(world.loop.connectWritePipe(() => new Noting(), pipe.writer));
  pipe.give(pipe.writer);
  onTeardown(() => transport.abort());
  return { ...world, ...pipe, sent, answers, transport, protocol };
}

/** Makes the pipe readable, so that what is scripted is asked for. */
function wake({ writer }: { readonly writer: number }): void {
  fds.write(writer, bytes('!'), 0, 1);
}

describe('reading from a pipe', () => {
  it('ctor: connectionMade is called before the transport is handed out', () => {
    const { protocol, transport } = reading();
    expect([protocol.calls, transport.isReading()]).toEqual([['made'], true]);
  });

  it('_read_ready: bytes go to the protocol', () => {
    const world = reading('data');
    wake(world);
    settle(world.loop);
    expect(world.protocol.received).toBe('data!');
  });

  it('_read_ready_eof: the end is told and closes', () => {
    const { loop, protocol, close, writer } = reading();
    close(writer);
    settle(loop);
    expect([protocol.calls, protocol.lostWith]).toEqual([['made', 'eof', 'lost'], null]);
  });

  it('_read_ready_blocked: nothing there is nothing', () => {
    const world = reading(-EAGAIN, -EAGAIN);
    wake(world);
    settle(world.loop);
    expect([world.protocol.received, world.asked.count]).toEqual(['!', 3]);
  });

  it('_close, _call_connection_lost_with_err: an error ends it, and closes the pipe', () => {
    const world = reading(-EIO);
    wake(world);
    settle(world.loop);
    expect([world.protocol.calls, world.protocol.lostWith]).toMatchObject([
      ['made', 'lost'],
      { code: 'EIO' },
    ]);
    expect(fds.fileType(world.reader)).toBeLessThan(0);
  });

  it('pause_reading, resume_reading, pause_reading_on_paused_pipe, resume_reading_on_paused_pipe: hold what comes, each of them twice as once', () => {
    const world = reading();
    const { loop, transport, protocol } = world;
    transport.pauseReading();
    transport.pauseReading();
    wake(world);
    settle(loop);
    expect([protocol.received, transport.isReading()]).toEqual(['', false]);
    transport.resumeReading();
    transport.resumeReading();
    settle(loop);
    expect([protocol.received, transport.isReading()]).toEqual(['!', true]);
  });

  it('close, close_already_closing, _call_connection_lost: once, and the pipe is closed', () => {
    const { loop, transport, protocol, reader } = reading();
    transport.close();
    transport.close();
    expect(transport.isClosing()).toBe(true);
    settle(loop);
    expect([protocol.calls, protocol.lostWith]).toEqual([['made', 'lost'], null]);
    expect(fds.fileType(reader)).toBeLessThan(0);
  });

  it('pause_reading_on_closed_pipe, resume_reading_on_closed_pipe: do nothing', () => {
    const { loop, transport, protocol } = reading();
    transport.close();
    settle(loop);
    transport.pauseReading();
    transport.resumeReading();
    settle(loop);
    expect([protocol.calls, transport.isReading()]).toEqual([['made', 'lost'], false]);
  });

  it('read_all_from_pipe_reader: a stream reader holds more than its limit', () => {
    const { loop } = realLoop();
    const { reader, writer, close, give } = newPipe();
    const stream = new StreamReader({ limit: 1, loop });
    const protocol = new StreamReaderProtocol(stream, { loop });
    loop.run(loop.connectReadPipe(() => protocol, reader));
    give(reader);
    fds.write(writer, bytes('data'), 0, 4);
    close(writer);
    expect(loop.run(stream.read()).toString()).toBe('data');
    settle(loop);
  });
});

type WriteRow = readonly [
  name: string,
  answers: readonly Answer[],
  write: (transport: WriteTransport) => void,
  sent: readonly string[],
  unsent: number,
  later: readonly string[],
];

const jam = (transport: WriteTransport): void => transport.write(bytes('previous'));

const writes: readonly WriteRow[] = [
  ['write', [4], (t) => t.write(bytes('data')), ['data'], 0, []],
  ['write_no_data', [], (t) => t.write(bytes('')), [], 0, []],
  ['write_partial', [2], (t) => t.write(bytes('data')), ['data'], 2, ['ta']],
  [
    'write_buffer',
    [-EAGAIN],
    (t) => {
      jam(t);
      t.write(bytes('data'));
    },
    ['previous'],
    12,
    ['previousdata'],
  ],
  ['write_again', [-EAGAIN], (t) => t.write(bytes('data')), ['data'], 4, ['data']],
  ['_write_ready', [-EAGAIN], jam, ['previous'], 8, ['previous']],
  ['_write_ready_partial', [-EAGAIN, 3], jam, ['previous'], 8, ['previous', 'vious']],
  ['_write_ready_again', [-EAGAIN, -EAGAIN], jam, ['previous'], 8, ['previous', 'previous']],
  ['_write_ready_empty', [-EAGAIN, 0], jam, ['previous'], 8, ['previous', 'previous']],
];

describe('writing to a pipe', () => {
  it.each(writes)('%s', (_name, answers, write, sent, unsent, later) => {
    const world = writing(...answers);
    write(world.transport);
    expect([world.sent, world.transport.getWriteBufferSize()]).toEqual([sent, unsent]);
    settle(world.loop);
    expect(world.sent.slice(sent.length)).toEqual(later);
    expect([world.transport.getWriteBufferSize(), world.protocol.calls]).toEqual([0, ['made']]);
  });

  it('ctor, can_write_eof: it can', () => {
    const { transport, protocol } = writing();
    expect([transport.canWriteEof(), protocol.calls]).toEqual([true, ['made']]);
  });

  it.each([
    ['write_err', [-EIO]],
    ['_write_ready_err', [-EAGAIN, -EIO]],
  ])('%s: ends it, with what was unsent; later writes are reported, once', (_name, answers) => {
    const { loop, transport, protocol, takeReports, reader } = writing(...answers);
    transport.write(bytes('data'));
    settle(loop);
    expect([transport.isClosing(), transport.getWriteBufferSize()]).toEqual([true, 0]);
    expect([protocol.calls, protocol.lostWith]).toMatchObject([['made', 'lost'], { code: 'EIO' }]);
    for (let i = 0; i < 10; i++) transport.write(bytes('data'));
    expect(takeReports()).toHaveLength(1);
    expect(reader).toBeGreaterThan(0);
  });

  it('_read_ready, write_close: the reader that goes ends it, before anything is written', () => {
    const { loop, transport, protocol, close, reader, sent } = writing();
    close(reader);
    settle(loop);
    expect([transport.isClosing(), protocol.calls, protocol.lostWith]).toEqual([
      true,
      ['made', 'lost'],
      null,
    ]);
    transport.write(bytes('data'));
    expect(sent).toEqual([]);
  });

  it('_write_ready_closing, write_eof_pending: the end comes after what is left', () => {
    const { loop, transport, protocol, sent } = writing(-EAGAIN);
    transport.write(bytes('data'));
    transport.writeEof();
    expect([transport.isClosing(), protocol.calls]).toEqual([true, ['made']]);
    settle(loop);
    expect([sent, protocol.calls, protocol.lostWith]).toEqual([['data', 'data'], ['made', 'lost'], null]);
  });

  it('write_eof, close, close_closing: end it, and twice is once', () => {
    for (const call of ['writeEof', 'close'] as const) {
      const { loop, transport, protocol, writer } = writing();
      transport[call]();
      transport.close();
      expect(transport.isClosing()).toBe(true);
      settle(loop);
      expect([protocol.calls, protocol.lostWith]).toEqual([['made', 'lost'], null]);
      expect(fds.fileType(writer)).toBeLessThan(0);
    }
  });

  it('abort: drops what is left', () => {
    const { loop, transport, protocol, sent } = writing(-EAGAIN);
    transport.write(bytes('data'));
    transport.abort();
    expect([transport.isClosing(), transport.getWriteBufferSize()]).toEqual([true, 0]);
    settle(loop);
    expect([sent, protocol.calls, protocol.lostWith]).toEqual([['data'], ['made', 'lost'], null]);
  });

  it('_call_connection_lost_with_err: with the error that ended it', () => {
    const { loop, transport, protocol, writer } = writing(-EPIPE);
    transport.write(bytes('data'));
    settle(loop);
    expect(protocol.lostWith).toMatchObject({ code: 'EPIPE' });
    expect(fds.fileType(writer)).toBeLessThan(0);
  });
});
