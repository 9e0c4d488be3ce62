/**
 * What readiness means, for every poller and each kind of object: the contract at the top of
 * `native/poller/poller.h`.
 */
import { describe, expect, it } from 'vitest';
import { READABLE, WRITABLE } from '../../src/kernel/kernel.ts';
import { failOnFdLeaks, numbersAreOurs } from '../support/fd-leaks.ts';
import { constant, isEmulated, kernel, openOsObjects, openPoller, PATIENCE_MS } from './os-objects.ts';
import { waitFor } from './registration-contract.ts';

const BOTH = READABLE | WRITABLE;
failOnFdLeaks();

describe.each(kernel.pollerKinds)('%s: readiness', (kind) => {
  it('goes when it is used up, and comes back', () => {
    const poller = openPoller(kind);
    const os = openOsObjects();
    const [reader, writer] = os.pipe();
    poller.set(reader, 0, READABLE, 1);
    poller.set(writer, 0, WRITABLE, 2);
    expect(waitFor(poller, 0)).toEqual([[2, WRITABLE]]);
    os.fill(writer);
    expect(waitFor(poller, 0)).toEqual([[1, READABLE]]);
    os.drain(reader);
    expect(waitFor(poller, 0)).toEqual([[2, WRITABLE]]);
  });

  it('in both directions is one pair', () => {
    const poller = openPoller(kind);
    const os = openOsObjects();
    for (const [token, [a, b]] of [os.socketpair(), os.tcpPair()].entries()) {
      os.write(b);
      poller.set(a, 0, BOTH, token);
      expect(kernel.fds.waitReady(a, READABLE, PATIENCE_MS)).toBe(READABLE);
    }
    expect(waitFor(poller, 0)).toEqual([
      [0, BOTH],
      [1, BOTH],
    ]);
    expect(waitFor(poller, 0, 1)).toHaveLength(1);
  });

  it('a listening socket is readable when a connection waits', () => {
    const poller = openPoller(kind);
    const os = openOsObjects();
    const [listener, address] = os.listener();
    poller.set(listener, 0, READABLE, 1);
    expect(waitFor(poller, 0)).toEqual([]);
    os.connect(os.tcpSocket(), address);
    expect(waitFor(poller, PATIENCE_MS)).toEqual([[1, READABLE]]);
  });

  it('two pollers may watch one descriptor, of whatever kind', () => {
    const os = openOsObjects();
    const [reader, writer] = os.pipe();
    const pollers = [kind, ...kernel.pollerKinds].map((each) => openPoller(each));
    for (const [token, poller] of pollers.entries()) poller.set(reader, 0, READABLE, token);
    os.write(writer);
    for (const [token, poller] of pollers.entries()) expect(waitFor(poller, 0)).toEqual([[token, READABLE]]);
    pollers[0]?.set(reader, READABLE, 0, 0);
    expect(pollers.map((poller) => waitFor(poller, 0).length)).toEqual(
      pollers.map((_, i) => (i === 0 ? 0 : 1)),
    );
  });

  it.runIf(!isEmulated(kind))('more than 4,096 at once: none is left out of two waits', () => {
    const poller = openPoller(kind);
    const os = openOsObjects();
    const [reader, writer] = os.pipe();
    os.write(writer);
    for (let token = 0; token < 5000; token += 1)
      expect(poller.set(os.dup(reader), 0, READABLE, token)).toBe(0);
    const seen = [waitFor(poller, 0, 8192), waitFor(poller, 0, 8192)].flat().map(([token]) => token);
    expect(new Set(seen).size).toBe(5000);
  });
});

describe.each(kernel.pollerKinds)('%s: errors and hang-ups wake every interest', (kind) => {
  it('pipe: the writer, full or not, when the reader is gone', () => {
    const poller = openPoller(kind);
    const os = openOsObjects();
    const [reader, writer] = os.pipe();
    const [fullReader, fullWriter] = os.pipe();
    os.fill(fullWriter);
    poller.set(fullWriter, 0, WRITABLE, 1);
    expect(waitFor(poller, 0)).toEqual([]);
    poller.set(writer, 0, WRITABLE, 2);
    os.close(reader);
    os.close(fullReader);
    expect(waitFor(poller, PATIENCE_MS)).toEqual([
      [1, WRITABLE],
      [2, WRITABLE],
    ]);
  });

  it('pipe: the reader, empty or not, when the writer is gone', () => {
    const poller = openPoller(kind);
    const os = openOsObjects();
    const [reader, writer] = os.pipe();
    poller.set(reader, 0, READABLE, 1);
    os.close(writer);
    expect(waitFor(poller, PATIENCE_MS)).toEqual([[1, READABLE]]);
    expect(os.drain(reader)).toBe(0);
    expect(waitFor(poller, 0)).toEqual([[1, READABLE]]);
  });

  it.each(['socketpair', 'tcpPair'] as const)('%s: reader and writer when the peer is gone', (pair) => {
    const poller = openPoller(kind);
    const os = openOsObjects();
    const [a, b] = os[pair]();
    const [full, fullPeer] = os[pair]();
    os.fill(full);
    poller.set(a, 0, READABLE, 1);
    poller.set(full, 0, BOTH, 2);
    os.close(b);
    // Unread data makes this end a reset, or its like.
    os.close(fullPeer);
    expect(kernel.fds.waitReady(full, WRITABLE, PATIENCE_MS)).toBe(WRITABLE);
    expect(kernel.fds.waitReady(a, READABLE, PATIENCE_MS)).toBe(READABLE);
    expect(waitFor(poller, PATIENCE_MS)).toEqual([
      [1, READABLE],
      [2, BOTH],
    ]);
  });

  it.runIf(!isEmulated(kind))('reset: reader and writer, and the error is there to be read', () => {
    const poller = openPoller(kind);
    const os = openOsObjects();
    for (const [token, interest] of [READABLE, WRITABLE, BOTH].entries()) {
      const [a, b] = os.tcpPair();
      os.fill(a);
      poller.set(a, 0, interest, token);
      os.reset(b);
      expect(waitFor(poller, PATIENCE_MS)).toEqual([[token, interest]]);
      expect(os.drain(a)).toBeLessThan(0);
      poller.set(a, interest, 0, token);
    }
  });

  it.runIf(!isEmulated(kind))('a refused connection wakes the writer', () => {
    const poller = openPoller(kind);
    const os = openOsObjects();
    const [listener, address] = os.listener();
    os.close(listener);
    const client = os.tcpSocket();
    const error = os.connect(client, address);
    poller.set(client, 0, WRITABLE, 1);
    expect(waitFor(poller, PATIENCE_MS)).toEqual([[1, WRITABLE]]);
    const out = new Int32Array(1);
    kernel.sockets.getsockoptInt(
      client,
      kernel.constants.SOL_SOCKET ?? 0,
      kernel.constants.SO_ERROR ?? 0,
      out,
    );
    // Loopback may answer before connect() returns.
    expect(out[0] !== 0 || error < 0).toBe(true);
  });

  it.each(['socketpair', 'tcpPair'] as const)('%s: the end of the stream wakes the reader', (pair) => {
    const poller = openPoller(kind);
    const os = openOsObjects();
    const [a, b] = os[pair]();
    os.fill(a, pair === 'tcpPair' ? 100 : 0);
    poller.set(a, 0, BOTH, 1);
    kernel.sockets.shutdown(b, constant('SHUT_WR'));
    // kqueue cannot tell a half-closed stream from a pipe without readers, and wakes the writer too.
    expect(waitFor(poller, PATIENCE_MS)).toEqual([[1, kind === 'kqueue' ? BOTH : READABLE]]);
    expect(os.drain(a)).toBe(0);
    expect(waitFor(poller, 0)).toEqual([[1, kind === 'kqueue' ? BOTH : READABLE]]);
  });
});

describe.each(kernel.pollerKinds)(
  '%s: a forgotten registration whose file lives on in a duplicate',
  (kind) => {
    it.runIf(numbersAreOurs)(
      'ends with its number; only epoll goes on reporting, until the poller is closed',
      () => {
        const poller = openPoller(kind);
        const os = openOsObjects();
        const [reader, writer] = os.pipe();
        const other = os.dup(reader);
        poller.set(reader, 0, READABLE, 1);
        os.close(reader);
        expect(poller.set(reader, READABLE, 0, 1)).toBe(0);
        os.write(writer);
        expect(waitFor(poller, 0)).toEqual(kind === 'epoll' ? [[1, READABLE]] : []);
        poller.set(other, 0, READABLE, 2);
        expect(waitFor(poller, 0).at(-1)).toEqual([2, READABLE]);
      },
    );
  },
);
