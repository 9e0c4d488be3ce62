/** sock_sendfile: what CPython 3.13 asks in test_sendfile, test_unix_events and test_base_events. */
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Coroutine, type EventLoop, SendfileNotAvailableError } from '../../src/index.ts';
import { EAGAIN, EIO, ENOSYS } from '../../src/kernel/errno.ts';
import type { Socket } from '../../src/socket.ts';
import { sleep } from '../../src/tasks/sleep.ts';
import { kernelWith, pair, realLoop } from '../integration/loop/real-loop.ts';
import { failureOf } from '../support/failure-of.ts';
import { onTeardown } from '../support/teardown.ts';

const bytes = (text: string): Buffer => Buffer.from(text);

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'selectloop-sock-calls-'));
  onTeardown(() => rmSync(made, { recursive: true }));
  return made;
}

describe('sockSendfile', () => {
  const content = Buffer.alloc(160 * 1024, '12345abcde');

  function sending(sendfile: (real: () => number) => number) {
    const path = join(folder(), 'file');
    writeFileSync(path, content);
    const file = openSync(path, 'r');
    onTeardown(() => closeSync(file));
    const real = kernelWith({});
    const kernel = kernelWith({
      sockets: { sendfile: (...args) => sendfile(() => real.sockets.sendfile(...args)) },
    });
    const { loop } = realLoop({ kernel });
    const [near, far] = pair(undefined, kernel);
    return { loop, near, far, file };
  }

  function* receive(loop: EventLoop, sock: Socket, byteCount: number): Coroutine<Buffer> {
    const parts: Buffer[] = [];
    for (let left = byteCount; left > 0; left -= parts.at(-1)?.length ?? left) {
      parts.push(yield* loop.sockRecv(sock, left));
    }
    return Buffer.concat(parts);
  }

  it.each<[string, number, number | null]>([
    ['sock_sendfile_success, sock_sendfile_zero_size', 0, null],
    ['sock_sendfile_with_offset_and_count, sock_sendfile_fallback_offset_and_count', 1000, 2000],
  ])('%s: by the system, and by reading', (_name, offset, byteCount) => {
    for (const answer of [(real: () => number) => real(), () => -ENOSYS]) {
      const { loop, near, far, file } = sending(answer);
      const expected = content.subarray(offset, offset + (byteCount ?? content.length));
      loop.run(function* () {
        const receiving = loop.createTask(receive(loop, far, expected.length));
        expect(yield* loop.sockSendfile(near, file, offset, byteCount)).toBe(expected.length);
        expect((yield* receiving).equals(expected)).toBe(true);
      });
    }
  });

  it('sock_sendfile_mix_with_regular_send: stands between what is sent before and after', () => {
    const { loop, near, far, file } = sending((real) => real());
    loop.run(function* () {
      const receiving = loop.createTask(receive(loop, far, content.length + 12));
      yield* loop.sockSendall(near, bytes('before'));
      yield* loop.sockSendfile(near, file);
      yield* loop.sockSendall(near, bytes('-after'));
      expect((yield* receiving).equals(Buffer.concat([bytes('before'), content, bytes('-after')]))).toBe(
        true,
      );
    });
  });

  it('sock_sendfile_not_available, _sock_sendfile_native_failure, sock_sendfile_no_fallback, sock_sendfile_os_error_first_call: without a fallback it says so', () => {
    const { loop, near, file } = sending(() => -ENOSYS);
    loop.run(function* () {
      const error = yield* failureOf(
        loop.sockSendfile(near, file, 0, null, { fallback: false }) as unknown as Coroutine<void>,
      );
      expect(error).toBeInstanceOf(SendfileNotAvailableError);
    });
  });

  it("sock_sendfile_os_error_next_call, sock_sendfile_exception: an error after the first bytes is the call's", () => {
    let calls = 0;
    const { loop, near, far, file } = sending((real) => (calls++ === 0 ? real() : -EIO));
    loop.run(function* () {
      const receiving = loop.createTask(receive(loop, far, content.length + 1));
      const error = yield* failureOf(loop.sockSendfile(near, file) as unknown as Coroutine<void>);
      expect(error).toMatchObject({ code: 'EIO' });
      receiving.cancel();
      yield* failureOf(receiving as unknown as Coroutine<void>);
    });
  });

  it('sock_sendfile_blocking_error: no room is waited for', () => {
    let refusals = 2;
    const { loop, near, far, file } = sending((real) => (refusals-- > 0 ? -EAGAIN : real()));
    loop.run(function* () {
      const receiving = loop.createTask(receive(loop, far, 1000));
      expect(yield* loop.sockSendfile(near, file, 0, 1000)).toBe(1000);
      yield* receiving;
    });
  });

  it('sock_sendfile_cancel1, sock_sendfile_cancel2: a cancelled one waits for nothing any more', () => {
    const { loop, near, file } = sending(() => -EAGAIN);
    loop.run(function* () {
      const first = loop.sockSendfile(near, file);
      yield* sleep(1);
      first.cancel();
      const second = loop.sockSendfile(near, file);
      yield* sleep(1);
      second.cancel();
      yield* sleep(1);
      expect([first.cancelled(), second.cancelled(), loop.removeWriter(near)]).toEqual([true, true, false]);
    });
  });
});
