/**
 * A descriptor that was closed without removeReader, and whose number was opened again, was accepted and
 * never reported: the loop and the selectors remembered a registration that the kernel had dropped.
 */
import { describe, expect, it } from 'vitest';
import { sleep } from '../../src/index.ts';
import { defaultKernel } from '../../src/kernel/default-kernel.ts';
import { EVENT_READ, EVENT_WRITE, PollerSelector } from '../../src/selectors.ts';
import { socketpair } from '../../src/socket.ts';
import { realLoop } from '../integration/loop/real-loop.ts';
import { onTeardown } from '../support/teardown.ts';

const { fds, pollerKinds } = defaultKernel();
const kinds = pollerKinds;

/** The reading end of a pipe, with a byte in it or without. */
function pipeEnd(options: { readonly filled: boolean }): number {
  const out = new Int32Array(2);
  fds.pipe(out);
  const [reader, writer] = out as unknown as [number, number];
  if (options.filled) fds.write(writer, Buffer.from('x'), 0, 1);
  // What is in a pipe can still be read when its writer is gone; without a byte, it has to stay.
  if (options.filled) fds.close(writer);
  else onTeardown(() => void fds.close(writer));
  return reader;
}

/** Closes `fd` behind the back of whoever watches it, and opens its number again. */
function reopened(fd: number): void {
  fds.close(fd);
  const fresh = pipeEnd({ filled: true });
  expect(fresh).toBe(fd);
}

describe.each(kinds)('selector of kind %s', (kind) => {
  it('modify with the same events watches what the number means now', () => {
    using selector = new PollerSelector<string>({ kind });
    const fd = pipeEnd({ filled: false });
    selector.register(fd, EVENT_READ, 'old');
    reopened(fd);
    expect(selector.modify(fd, EVENT_READ, 'new').data).toBe('new');
    expect(selector.select(0).map(([key]) => key.data)).toEqual(['new']);
    expect(selector.modify(fd, EVENT_READ, 'new')).toBe(selector.getKey(fd));
    fds.close(fd);
  });

  it('modify of what is closed is refused', () => {
    using selector = new PollerSelector<string>({ kind });
    const fd = pipeEnd({ filled: true });
    selector.register(fd, EVENT_READ, 'old');
    fds.close(fd);
    expect(() => selector.modify(fd, EVENT_READ, 'old')).toThrow(/EBADF/);
    expect(selector.getMap().size).toBe(0);
  });

  const withKind = {
    ...defaultKernel(),
    pollerKinds: [kind],
    openPoller: () => defaultKernel().openPoller(kind),
  };

  it('addReader watches what the number means now', () => {
    const { loop } = realLoop({ kernel: withKind });
    const fd = pipeEnd({ filled: false });
    const called: string[] = [];
    loop.addReader(fd, () => called.push('old'));
    reopened(fd);
    loop.addReader(fd, () => {
      called.push('new');
      loop.removeReader(fd);
    });
    loop.runUntilComplete(sleep(20));
    expect(called).toEqual(['new']);
    fds.close(fd);
  });

  it('addReader on a number that is closed is refused, and the callback of the old file is off', () => {
    const { loop } = realLoop({ kernel: withKind });
    const fd = pipeEnd({ filled: true });
    const handle = loop.addReader(fd, () => {});
    fds.close(fd);
    expect(() => loop.addReader(fd, () => {})).toThrow(/EBADF/);
    expect(handle.cancelled()).toBe(true);
    expect(loop.removeReader(fd)).toBe(false);
  });

  it('the other direction of the same number is watched too', () => {
    const { loop } = realLoop({ kernel: withKind });
    const [left, right] = socketpair();
    left.setblocking(false);
    const fd = left.detach();
    right.close();
    const called: string[] = [];
    loop.addWriter(fd, () => {
      called.push('writer');
      loop.removeWriter(fd);
    });
    fds.close(fd);
    const [again, peer] = socketpair();
    again.setblocking(false);
    expect(again.fileno()).toBe(fd);
    peer.sendall(Buffer.from('x'));
    loop.addReader(fd, () => {
      called.push('reader');
      loop.removeReader(fd);
    });
    loop.runUntilComplete(sleep(20));
    expect(called.sort()).toEqual(['reader', 'writer']);
    again.close();
    peer.close();
  });
});

it.runIf(process.platform === 'linux')(
  'the old file, kept open by a duplicate, does not answer for the new one',
  () => {
    const { loop } = realLoop();
    const fd = pipeEnd({ filled: true });
    const duplicate = fds.dup(fd);
    loop.addReader(fd, () => {});
    fds.close(fd);
    const fresh = pipeEnd({ filled: false });
    expect(fresh).toBe(fd);
    let count = 0;
    loop.addReader(fd, () => count++);
    loop.runUntilComplete(sleep(20));
    expect(count).toBe(0);
    loop.removeReader(fd);
    fds.close(fd);
    fds.close(duplicate);
  },
);

it('a writer is registered anew as well', () => {
  using selector = new PollerSelector({});
  const [left, right] = socketpair();
  const fd = left.detach();
  selector.register(fd, EVENT_WRITE);
  fds.close(fd);
  const again = socketpair();
  expect(again[0].fileno()).toBe(fd);
  selector.modify(fd, EVENT_WRITE);
  expect(selector.select(0)).toHaveLength(1);
  for (const sock of [right, ...again]) sock.close();
});
