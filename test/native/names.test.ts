/**
 * The addon's lookups: answers as bytes, boxes that close at any time, threads that outlive their
 * environment.
 */
import { describe, expect, test } from 'vitest';
import { EAGAIN, EBADF, EINVAL, ENOBUFS } from '../../src/kernel/errno.ts';
import { READABLE } from '../../src/kernel/kernel.ts';
import { failOnFdLeaks } from '../support/fd-leaks.ts';
import { onTeardown } from '../support/teardown.ts';
import { addon, ended, nextMessage, outputOf, startWorker } from './addon-programs.ts';

failOnFdLeaks();

const { AF_INET, SOCK_STREAM, AI_NUMERICHOST } = addon.constants as Record<string, number>;
const HINTS = Int32Array.of(AF_INET as number, SOCK_STREAM as number, 0, AI_NUMERICHOST as number);
const PATIENCE_MS = 10_000;
const HEADER_BYTES = 24;

const bytes = (text: string): Uint8Array => Buffer.from(text);

interface Box {
  readonly handle: number;
  readonly fd: number;
}

function openBox(): Box {
  const out = new Int32Array(1);
  const handle = addon.lookupsOpen(out);
  expect(handle).toBeGreaterThanOrEqual(0);
  onTeardown(() => {
    addon.lookupsClose(handle);
  });
  return { handle, fd: out[0] as number };
}

function ask(box: Box, host: string, service = '80'): number {
  return addon.lookupsGetaddrinfo(box.handle, bytes(host), bytes(service), HINTS);
}

function take(box: Box, room = 4096): { readonly result: number; readonly out: Buffer } {
  const out = Buffer.alloc(room);
  return { result: addon.lookupsTake(box.handle, out), out };
}

describe('a box', () => {
  test('is readable exactly while it has an answer', () => {
    const box = openBox();
    expect(addon.waitReady(box.fd, READABLE, 0)).toBe(0);
    const ids = [ask(box, '10.0.0.1'), ask(box, '10.0.0.2'), ask(box, '10.0.0.3')];
    expect(ids).toEqual([0, 1, 2]);
    const taken: number[] = [];
    while (taken.length < 3) {
      expect(addon.waitReady(box.fd, READABLE, PATIENCE_MS)).toBe(READABLE);
      taken.push(take(box).result);
    }
    expect(taken.toSorted((a, b) => a - b)).toEqual(ids);
    expect(addon.waitReady(box.fd, READABLE, 0)).toBe(0);
    expect(take(box).result).toBe(-EAGAIN);
  });

  test('keeps an answer that does not fit, and says its size', () => {
    const box = openBox();
    const id = ask(box, '10.0.0.1', '443');
    addon.waitReady(box.fd, READABLE, PATIENCE_MS);
    const small = take(box, HEADER_BYTES);
    expect(small.result).toBe(-ENOBUFS);
    const size = small.out.readUInt32LE(0);
    const { result, out } = take(box, size);
    expect([result, out.readUInt32LE(0), out.readInt32LE(4), out.readInt32LE(8)]).toEqual([id, size, id, 0]);
    // Type, protocol, then the record: size, family, port, address.
    const record = out.subarray(HEADER_BYTES + 8);
    expect([record.readUInt32LE(0), record.readInt32LE(4), record.readUInt32LE(8)]).toEqual([
      16,
      AF_INET,
      443,
    ]);
    expect([...record.subarray(12, 16)]).toEqual([10, 0, 0, 1]);
  });

  test('refuses what is closed, too small or contradicts itself', () => {
    const box = openBox();
    expect(take(box, HEADER_BYTES - 1).result).toBe(-EINVAL);
    expect(addon.lookupsGetnameinfo(box.handle, new Uint8Array(4), 4, 0)).toBe(-EINVAL);
    expect(addon.lookupsGetnameinfo(box.handle, new Uint8Array(4), 5, 0)).toBe(-EINVAL);
    expect(addon.lookupsAbandon(box.handle, 12_345)).toBe(0);
    expect(addon.lookupsClose(box.handle)).toBe(0);
    for (const result of [
      ask(box, '10.0.0.1'),
      take(box).result,
      addon.lookupsAbandon(box.handle, 0),
      addon.lookupsGetnameinfo(box.handle, new Uint8Array(16), 16, 0),
      addon.lookupsClose(box.handle),
    ]) {
      expect(result).toBe(-EBADF);
    }
  });
});

describe('abandoned lookups', () => {
  test('are not answered, whatever has become of them', () => {
    for (let round = 0; round < 200; round++) {
      const box = openBox();
      const ids = Array.from({ length: 8 }, (_, i) => ask(box, `10.0.0.${i}`));
      // Queued, running and answered, as chance has it.
      if (round % 3 === 1) addon.waitReady(box.fd, READABLE, PATIENCE_MS);
      const wanted = ids.filter((id) => (id + round) % 2 === 0);
      for (const id of ids) if (!wanted.includes(id)) addon.lookupsAbandon(box.handle, id);
      const taken: number[] = [];
      while (taken.length < wanted.length) {
        expect(addon.waitReady(box.fd, READABLE, PATIENCE_MS)).toBe(READABLE);
        taken.push(take(box).result);
      }
      expect(taken.toSorted((a, b) => a - b)).toEqual(wanted);
      expect(addon.waitReady(box.fd, READABLE, 0)).toBe(0);
      addon.lookupsClose(box.handle);
    }
  });

  test('a box may be closed with lookups in every state', () => {
    for (let round = 0; round < 300; round++) {
      const box = openBox();
      for (let i = 0; i < 6; i++) ask(box, '10.0.0.1');
      if (round % 2 === 0) addon.waitReady(box.fd, READABLE, PATIENCE_MS);
      expect(addon.lookupsClose(box.handle)).toBe(0);
    }
  });
});

const ASK_IN_PROGRAM = `
  const out = new Int32Array(1);
  const box = addon.lookupsOpen(out);
  const hints = Int32Array.of(0, 0, 0, 0);
  const ask = () => addon.lookupsGetaddrinfo(box, new Uint8Array(), Buffer.from('80'), hints);`;

describe('environments', () => {
  test('workers look up at once and end', async () => {
    const workers = Array.from({ length: 4 }, () =>
      startWorker(`${ASK_IN_PROGRAM}
        const buffer = new Uint8Array(4096);
        let answerCount = 0;
        for (let i = 0; i < 50; i++) ask();
        while (answerCount < 50) {
          if (addon.waitReady(out[0], 1, 10_000) !== 1) break;
          if (addon.lookupsTake(box, buffer) >= 0) answerCount++;
        }
        parentPort.postMessage(answerCount);`),
    );
    const exits = Promise.all(workers.map(ended));
    expect(await Promise.all(workers.map(nextMessage))).toEqual([50, 50, 50, 50]);
    await exits;
  });

  test('a worker is terminated with lookups under way', async () => {
    for (let round = 0; round < 5; round++) {
      const worker = startWorker(`${ASK_IN_PROGRAM}
        for (let i = 0; i < 20; i++) ask();
        parentPort.postMessage('asked');
        for (;;) { ask(); addon.waitReady(out[0], 1, 1); }`);
      const exit = ended(worker);
      await nextMessage(worker);
      await worker.terminate();
      await exit;
    }
  });

  test('a process ends with lookups under way', () => {
    const program = `${ASK_IN_PROGRAM} for (let i = 0; i < 20; i++) ask(); console.log('end');`;
    expect(outputOf(program)).toBe('end');
    expect(outputOf(`${program} process.exit(0);`)).toBe('end');
  });
});
