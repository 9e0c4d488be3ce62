/** TLS calls of the addon: handles and arguments. What they are for is tested through src/tls. */
import { once } from 'node:events';
import { constants } from 'node:os';
import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { loadAddon } from '../../src/kernel/addon.ts';
import { addonPath } from '../support/addon-path.ts';

const { EBADF, EPROTO } = constants.errno;
const addon = loadAddon();
const bytes = (size: number): Uint8Array => new Uint8Array(size);

function words(): string {
  const out = bytes(1000);
  return Buffer.from(out.subarray(0, addon.tlsWords(out))).toString();
}

test('OpenSSL is there', () => {
  expect(addon.tlsAvailable()).toBe(0);
  expect(words()).toMatch(/^OpenSSL 3\./);
});

test('a closed handle is refused, also when its slot is used again', () => {
  const context = addon.tlsContextOpen();
  const first = addon.tlsOpen(context, false, 2);
  expect(addon.tlsClose(first)).toBe(0);
  expect(addon.tlsClose(first)).toBe(-EBADF);
  const second = addon.tlsOpen(context, true, 0);
  expect(second).not.toBe(first);
  expect(addon.tlsHandshake(first)).toBe(-EBADF);
  expect(addon.tlsRead(first, bytes(10), 0, 10)).toBe(-EBADF);
  expect(addon.tlsNumber(first, 0)).toBe(-EBADF);
  expect(addon.tlsClose(second)).toBe(0);
  expect(addon.tlsContextClose(context)).toBe(0);
  expect(addon.tlsContextClose(context)).toBe(-EBADF);
  expect(addon.tlsOpen(context, true, 0)).toBe(-EBADF);
});

test.each([-1, 1 << 20, 0x7fffffff, 12_345])('%i is no handle', (handle) => {
  expect(addon.tlsHandshake(handle)).toBe(-EBADF);
  expect(addon.tlsContextSetNumber(handle, 0, 0)).toBe(-EBADF);
});

test('a context outlives its handle for as long as a connection needs it', () => {
  const context = addon.tlsContextOpen();
  addon.tlsContextSetText(context, 4, Buffer.from('\x02h2'));
  const client = addon.tlsOpen(context, false, 2);
  const server = addon.tlsOpen(context, true, 0);
  addon.tlsContextClose(context);
  addon.tlsHandshake(client);
  const out = bytes(5000);
  const count = addon.tlsDrain(client, out, 0, out.length);
  expect(count).toBeGreaterThan(100);
  addon.tlsFeed(server, out, 0, count);
  // No certificate: but the callbacks of the context have run by then.
  expect(addon.tlsHandshake(server)).toBe(-EPROTO);
  expect(words()).toMatch(/no shared cipher|no suitable/);
  addon.tlsClose(client);
  addon.tlsClose(server);
});

test('an error is told again, in its own words', () => {
  const context = addon.tlsContextOpen();
  const server = addon.tlsOpen(context, true, 0);
  addon.tlsFeed(server, Buffer.from('GET / HTTP/1.1\r\n\r\n'), 0, 18);
  expect(addon.tlsHandshake(server)).toBe(-EPROTO);
  expect(words()).toMatch(/http request/);
  expect(addon.tlsContextUseCertificate(context, Buffer.from('nonsense'))).toBe(-EPROTO);
  expect(words()).toMatch(/no start line/);
  expect(addon.tlsRead(server, bytes(10), 0, 10)).toBe(-EPROTO);
  expect(words()).toMatch(/http request/);
  addon.tlsClose(server);
  addon.tlsContextClose(context);
});

test('wrong arguments are bugs of ours, and say so', () => {
  expect(() => addon.tlsFeed(0, bytes(4), 2, 3)).toThrow(RangeError);
  expect(() => addon.tlsOpen(0, 1 as unknown as boolean, 0)).toThrow(/argument 2, serverSide/);
  expect(() => addon.tlsPending(0, new Int32Array(2))).toThrow(TypeError);
});

test('a worker that is terminated takes its connections along', async () => {
  const program = `
    const addon = require(${JSON.stringify(addonPath())});
    const context = addon.tlsContextOpen();
    for (let i = 0; i < 100; i++) addon.tlsHandshake(addon.tlsOpen(context, false, 2));
    require('node:worker_threads').parentPort.postMessage('open');
    setInterval(() => {}, 1000);`;
  const worker = new Worker(program, { eval: true });
  await once(worker, 'message');
  await worker.terminate();
});
