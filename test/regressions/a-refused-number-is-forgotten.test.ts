/**
 * A number that `addReader` was refused for, as no descriptor was open, stayed in the loop's table. A socket
 * that got the number later was watched as a bare number, and its callback outlived it.
 */
import { closeSync, openSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { EventLoop } from '../../src/index.ts';
import { pair, realLoop } from '../integration/loop/real-loop.ts';

type Add = (loop: EventLoop, file: number) => unknown;

const calls: [name: string, add: Add][] = [
  ['addReader', (loop, file) => loop.addReader(file, () => {})],
  ['addWriter', (loop, file) => loop.addWriter(file, () => {})],
];

test.each(calls)('%s of a closed descriptor', (_name, add) => {
  const { loop } = realLoop();
  const fd = openSync('/dev/null', 'r');
  closeSync(fd);
  expect(() => add(loop, fd)).toThrow('EBADF');
  expect(loop.io.findFd(fd)).toBeUndefined();
});

test.each(calls)('%s of a file, for which there is no readiness', (_name, add) => {
  const { loop } = realLoop();
  const fd = openSync(new URL(import.meta.url).pathname, 'r');
  try {
    // A kqueue takes files.
    if (loop.selector.kind === 'kqueue') add(loop, fd);
    else expect(() => add(loop, fd)).toThrow('EPERM');
    loop.removeReader(fd);
    loop.removeWriter(fd);
    expect(loop.io.findFd(fd)).toBeUndefined();
  } finally {
    closeSync(fd);
  }
});

test('a socket takes the place of its number, when nobody waits for that', () => {
  const { loop } = realLoop();
  const [sock] = pair();
  loop.io.slotOfFd(sock.fileno());
  loop.addReader(sock, () => {});
  expect(loop.io.findFd(sock.fileno())?.socket).toBe(sock);
  loop.removeReader(sock);
});
