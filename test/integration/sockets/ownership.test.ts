/** What a worker leaves open when it is terminated: nothing. */

import { once } from 'node:events';
import { closeSync, fstatSync } from 'node:fs';
import type { Worker } from 'node:worker_threads';
import { describe, expect, test } from 'vitest';

import { defaultKernel } from '../../../src/kernel/default-kernel.ts';
import { READABLE } from '../../../src/kernel/kernel.ts';
import { Socket, sendFds, socketpair } from '../../../src/socket.ts';
import { startBuiltWorker } from '../../support/built-program.ts';
import { failOnFdLeaks } from '../../support/fd-leaks.ts';
import { onTeardown } from '../../support/teardown.ts';
import { closeLater, errorOf, listenOn, PATIENCE_MS } from './fixtures.ts';

failOnFdLeaks();

const { fds } = defaultKernel();

/** Starts programs/owner-worker.ts and returns the descriptors that it says it has opened. */
async function startOwner(
  data: Readonly<Record<string, unknown>>,
): Promise<[Worker, Record<string, number>]> {
  const worker = startBuiltWorker('test/integration/sockets/programs/owner-worker.ts', { workerData: data });
  onTeardown(async () => {
    await worker.terminate();
  });
  const message: unknown[] = await once(worker, 'message', { signal: AbortSignal.timeout(PATIENCE_MS) });
  return [worker, message[0] as Record<string, number>];
}

function isOpen(fd: number): boolean {
  return fds.getInheritable(fd) >= 0;
}

describe('a terminated worker', () => {
  test('leaves nothing open but what it gave away', async () => {
    const listener = listenOn();
    using client = new Socket();
    client.connect(listener.getsockname());
    const [near, far] = socketpair();
    closeLater(near, far);
    sendFds(near, [Buffer.from('xx')], [client.fileno(), client.fileno()]);
    const taken = new Socket();
    const [worker, opened] = await startOwner({
      listener: listener.fileno(),
      far: far.fileno(),
      taken: taken.detach(),
    });
    const { detached, received, closedAndReused, ...others } = opened;
    for (const [name, fd] of Object.entries(others)) expect([name, isOpen(fd)]).toEqual([name, true]);
    await worker.terminate();
    for (const [name, fd] of Object.entries(others)) expect([name, isOpen(fd)]).toEqual([name, false]);
    expect([isOpen(detached as number), isOpen(received as number)]).toEqual([true, true]);
    expect(closedAndReused).toBeGreaterThan(0);
    expect(fstatSync(received as number).ino).toBe(fstatSync(client.fileno()).ino);
    closeSync(detached as number);
    closeSync(received as number);
  });

  test('ends its connections: the peer reads the end', async () => {
    const [near, far] = socketpair();
    closeLater(near);
    near.settimeout(PATIENCE_MS);
    const [worker] = await startOwner({ taken: far.detach() });
    expect(fds.waitReady(near.fileno(), READABLE, 0)).toBe(0);
    await worker.terminate();
    expect(near.recv(10).length).toBe(0);
  });

  test('does not close what another thread has under a number of its own', async () => {
    const [worker, { socket }] = await startOwner({ closes: true });
    // The worker has closed it, so the number is free, and the next descriptor here gets it or a lower one.
    const ours: Socket[] = [];
    while (ours.every(({ fd }) => fd !== socket) && ours.length < 200) ours.push(new Socket());
    closeLater(...ours);
    await worker.terminate();
    for (const { fd } of ours) expect([fd, isOpen(fd)]).toEqual([fd, true]);
  });
});

test('adopting what is not open is EBADF; releasing it is harmless', () => {
  expect(errorOf(() => new Socket(undefined, undefined, undefined, { fileno: 123_456 })).code).toBe('EBADF');
  expect(fds.adopt(123_456)).toBeLessThan(0);
  expect(fds.adopt(-1)).toBeLessThan(0);
  expect([fds.release(123_456), fds.release(-1)]).toEqual([0, 0]);
});

test('inheritance', () => {
  const sock = new Socket();
  closeLater(sock);
  expect(sock.getInheritable()).toBe(false);
  sock.setInheritable(true);
  expect(sock.getInheritable()).toBe(true);
  sock.setInheritable(false);
  expect(sock.getInheritable()).toBe(false);
  sock.close();
  expect(errorOf(() => sock.getInheritable())).toMatchObject({ code: 'EBADF' });
  expect(errorOf(() => sock.setInheritable(true))).toMatchObject({ code: 'EBADF' });
});
