/** BSD's select() over the real kernel, and what a thread that is blocked in one still answers to. */
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { select } from '../../src/selectors.ts';
import { startBuiltWorker } from '../support/built-program.ts';
import { failOnFdLeaks, numbersAreOurs } from '../support/fd-leaks.ts';
import { clockMs, openOsObjects } from './os-objects.ts';
import { startSecondThread } from './second-thread.ts';

const secondThread = startSecondThread();
failOnFdLeaks();

it('returns the ready ones of each list', () => {
  const os = openOsObjects();
  const [a, b] = os.socketpair();
  const [reader, writer] = os.pipe();
  os.write(b);
  const object = { fileno: () => a };
  expect(select([reader, object], [object, writer], 0)).toEqual([[object], [object, writer]]);
  os.fill(writer);
  expect(select([reader, a], [writer], 1000)).toEqual([[reader, a], []]);
});

it('waits for its time, or for another thread', () => {
  const os = openOsObjects();
  const [reader, writer] = os.pipe();
  const startMs = clockMs();
  expect(select([reader], [], 40)).toEqual([[], []]);
  expect(clockMs() - startMs).toBeGreaterThanOrEqual(40);
  secondThread.writeLater(writer, 40);
  expect(select([reader], [])).toEqual([[reader], []]);
});

it.runIf(numbersAreOurs)('refuses closed descriptors and regular files, and leaves nothing open', () => {
  const os = openOsObjects();
  const [reader] = os.pipe();
  os.close(reader);
  expect(() => select([reader], [], 0)).toThrow(expect.objectContaining({ code: 'EBADF' }));
  expect(() => select([os.file()], [], 0)).toThrow(expect.objectContaining({ code: 'EPERM' }));
});

it('a worker blocked in select() for ever can be terminated, within a slice', async () => {
  const worker = startBuiltWorker('test/contract/programs/blocked-in-select.ts');
  await once(worker, 'message');
  const startMs = clockMs();
  await worker.terminate();
  expect(clockMs() - startMs).toBeLessThan(2000);
});
