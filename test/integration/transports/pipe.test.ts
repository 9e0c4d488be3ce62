/** Transports of pipes. */
import { closeSync, openSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { EventLoop } from '../../../src/index.ts';
import { defaultKernel } from '../../../src/kernel/default-kernel.ts';
import { EIO } from '../../../src/kernel/errno.ts';
import { SHUT_WR } from '../../../src/socket.ts';
import { onTeardown } from '../../support/teardown.ts';
import { kernelWith, pair, realLoop } from '../loop/real-loop.ts';
import { Noting, settle, until } from './fixtures.ts';

const newNoting = (): Noting => new Noting();
const { fds } = defaultKernel();

/** A pipe whose ends are closed after the test, unless a transport has closed them. */
function newPipe(): { reader: number; writer: number; forget: (fd: number) => void } {
  const out = new Int32Array(2);
  expect(fds.pipe(out)).toBe(0);
  const open = new Set(out);
  onTeardown(() => {
    for (const fd of open) fds.close(fd);
  });
  return { reader: out[0] as number, writer: out[1] as number, forget: (fd) => open.delete(fd) };
}

describe('the reading end', () => {
  function reading(kernel = kernelWith({})) {
    const world = realLoop({ kernel });
    const pipe = newPipe();
    const [transport, protocol] = world.loop.run(world.loop.connectReadPipe(newNoting, pipe.reader));
    pipe.forget(pipe.reader);
    onTeardown(() => transport.close());
    return { ...world, ...pipe, transport, protocol };
  }

  test('gives bytes and the end, and is closed then', () => {
    const { loop, protocol, writer, forget, transport, reader } = reading();
    fds.write(writer, Buffer.from('abc'), 0, 3);
    until(loop, () => protocol.received === 'abc');
    fds.close(writer);
    forget(writer);
    until(loop, () => protocol.lostWith === null);
    expect(protocol.calls).toEqual(['made', 'data', 'eof', 'lost']);
    expect(transport.getExtraInfo('pipe')).toBe(reader);
    expect(fds.fileType(reader)).toBeLessThan(0);
    expect(String(transport)).toMatch(/^<ReadPipeTransport closed not reading fd /);
  });

  test('pauses and resumes', () => {
    const { loop, protocol, writer, transport } = reading();
    transport.pauseReading();
    expect(transport.isReading()).toBe(false);
    fds.write(writer, Buffer.from('abc'), 0, 3);
    settle(loop);
    expect(protocol.received).toBe('');
    transport.resumeReading();
    until(loop, () => protocol.received === 'abc');
    transport.close();
    transport.close();
    settle(loop);
    expect(protocol.lostWith).toBe(null);
  });

  test('errors end it', () => {
    const real = kernelWith({});
    const kernel = kernelWith({ fds: { ...real.fds, read: () => -EIO } });
    const { loop, protocol, writer } = reading(kernel);
    fds.write(writer, Buffer.from('abc'), 0, 3);
    until(loop, () => protocol.lostWith !== undefined);
    expect(protocol.lostWith).toMatchObject({ code: 'EIO', syscall: 'read' });
    const failing = reading();
    failing.protocol.fails = 'data';
    fds.write(failing.writer, Buffer.from('abc'), 0, 3);
    until(failing.loop, () => failing.protocol.lostWith !== undefined);
    expect(failing.takeReports()).toHaveLength(1);
  });

  test('a socket may be read like a pipe', () => {
    const { loop } = realLoop();
    const [mine, peer] = pair();
    const [transport, protocol] = loop.run(loop.connectReadPipe(newNoting, mine));
    peer.sendall(Buffer.from('x'));
    peer.shutdown(SHUT_WR);
    until(loop, () => protocol.lostWith === null);
    expect([protocol.received, mine.closed, transport.isClosing()]).toEqual(['x', true, true]);
  });
});

describe('the writing end', () => {
  function writing() {
    const world = realLoop();
    const pipe = newPipe();
    const [transport, protocol] = world.loop.run(world.loop.connectWritePipe(newNoting, pipe.writer));
    pipe.forget(pipe.writer);
    onTeardown(() => transport.abort());
    return { ...world, ...pipe, transport, protocol };
  }

  function readAll(fd: number): string {
    const buffer = Buffer.alloc(1 << 20);
    const count = fds.read(fd, buffer, 0, buffer.length);
    return count > 0 ? buffer.toString('latin1', 0, count) : '';
  }

  test('writes at once, queues the rest, and its end is its close', () => {
    const { loop, transport, protocol, reader } = writing();
    transport.write(Buffer.from('now'));
    expect(readAll(reader)).toBe('now');
    transport.write(Buffer.alloc(300_000, 'x'));
    transport.writeLines([Buffer.from('a'), Buffer.from('b')]);
    expect(protocol.calls).toEqual(['made', 'pause']);
    expect(transport.canWriteEof()).toBe(true);
    transport.writeEof();
    expect(() => transport.write(Buffer.from('x'))).toThrow('after writeEof');
    let received = '';
    until(loop, () => {
      received += readAll(reader);
      return protocol.lostWith !== undefined;
    });
    received += readAll(reader);
    expect(received).toBe(`${'x'.repeat(300_000)}ab`);
    expect(protocol.calls).toEqual(['made', 'pause', 'resume', 'lost']);
    expect(protocol.lostWith).toBe(null);
  });

  test.each([
    ['with nothing queued', 0, null],
    ['with something queued', 300_000, 'EPIPE'],
  ])('a reader that goes ends it, %s', (_what, byteCount, code) => {
    const { loop, transport, protocol, reader, forget } = writing();
    if (byteCount > 0) transport.write(Buffer.alloc(byteCount));
    settle(loop);
    fds.close(reader);
    forget(reader);
    until(loop, () => protocol.lostWith !== undefined);
    expect((protocol.lostWith as { code?: string } | null)?.code ?? null).toBe(code);
  });

  test('a close that waits for a reader does not hang when the reader goes', () => {
    const { loop, transport, protocol, reader, forget } = writing();
    transport.write(Buffer.alloc(300_000));
    transport.close();
    settle(loop);
    fds.close(reader);
    forget(reader);
    until(loop, () => protocol.lostWith !== undefined);
    expect(protocol.lostWith).toMatchObject({ code: 'EPIPE' });
  });

  test('abort drops what is queued; later writes are dropped', () => {
    const { loop, transport, protocol, takeReports } = writing();
    transport.write(Buffer.alloc(300_000));
    transport.abort();
    expect(transport.getWriteBufferSize()).toBe(0);
    for (let i = 0; i < 5; i++) transport.write(Buffer.from('x'));
    settle(loop);
    expect(protocol.lostWith).toBe(null);
    expect(takeReports()).toHaveLength(1);
  });

  test('a device can be written to', () => {
    const { loop } = realLoop();
    const [transport, protocol] = loop.run(loop.connectWritePipe(newNoting, openSync('/dev/null', 'w')));
    transport.write(Buffer.from('gone'));
    transport.close();
    settle(loop);
    expect(protocol.lostWith).toBe(null);
  });
});

describe('what is no pipe', () => {
  const calls = {
    connectReadPipe: (loop: EventLoop, pipe: unknown) =>
      loop.run(loop.connectReadPipe(newNoting, pipe as number)),
    connectWritePipe: (loop: EventLoop, pipe: unknown) =>
      loop.run(loop.connectWritePipe(newNoting, pipe as number)),
  };

  test.each(Object.entries(calls))('%s refuses it', (name, call) => {
    const { loop } = realLoop();
    const file = openSync(new URL(import.meta.url).pathname, 'r');
    onTeardown(() => closeSync(file));
    expect(() => call(loop, file)).toThrow(
      `${name}: descriptor ${file} is no pipe, socket or character device`,
    );
    expect(() => call(loop, -1)).toThrow(/EBADF/);
    expect(() => call(loop, 'x')).toThrow(TypeError);
  });
});
