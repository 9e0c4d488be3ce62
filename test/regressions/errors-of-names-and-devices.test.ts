/** Errors about names and files that were of a class of their own, or said something wrong. */
import { closeSync, openSync } from 'node:fs';
import { expect, it } from 'vitest';
import { EVENT_READ, PollerSelector } from '../../src/selectors.ts';
import { AF_INET, SOCK_STREAM, Socket } from '../../src/socket.ts';
import { startProgram } from '../support/run-program.ts';

it('localhost without a free descriptor is an OSError EMFILE', async () => {
  const program = startProgram('test/regressions/programs/names-without-descriptors.ts', {
    under: ['sh', '-c', 'ulimit -n 60; exec "$@"', 'sh'],
  });
  expect(await program.waitForExit(), program.stderr).toBe(0);
  const [, ...answers] = program.lines;
  expect(answers).toEqual([
    'getaddrinfo: OSError EMFILE',
    'createConnection: OSError EMFILE',
    'zone: OSError EMFILE',
    'loop: OSError EMFILE',
  ]);
});

it.runIf(process.platform === 'linux')('/dev/null is not called a regular file', () => {
  const fd = openSync('/dev/null', 'r');
  using selector = new PollerSelector({ kind: 'epoll' });
  using sock = new Socket(AF_INET, SOCK_STREAM);
  try {
    expect(() => selector.register(fd, EVENT_READ)).toThrow(/EPERM.*devices such as \/dev\/null/);
    expect(() => sock.sendfile(fd)).toThrow(/not a regular file/);
  } finally {
    closeSync(fd);
  }
});
