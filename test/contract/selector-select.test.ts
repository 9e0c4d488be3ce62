/**
 * Waiting, over every selector class and the real kernel. A signal handler that raises out of select(), which
 * CPython tests, has no counterpart: JavaScript handlers run when it has returned.
 */
import { isMainThread } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { EVENT_READ, EVENT_WRITE } from '../../src/selectors.ts';
import { failOnFdLeaks, numbersAreOurs } from '../support/fd-leaks.ts';
import { onTeardown } from '../support/teardown.ts';
import { clockMs, isEmulated } from './os-objects.ts';
import { startSecondThread } from './second-thread.ts';
import { openSelectorWorld, type SelectorWorld, selectorClasses } from './selector-world.ts';

const BOTH = EVENT_READ | EVENT_WRITE;
const secondThread = startSecondThread();
failOnFdLeaks();

describe.each(selectorClasses)('%s', (name, Class) => {
  const emulated = name === 'KqueueSelector' && isEmulated('kqueue');
  const start = (): SelectorWorld => openSelectorWorld(Class);

  describe('select', () => {
    it('reports who is ready, for what, again and again', () => {
      const { os, selector, reader, writer } = start();
      selector.register(reader, EVENT_READ);
      const key = selector.register(writer, EVENT_WRITE);
      expect(selector.select()).toEqual([[key, EVENT_WRITE]]);
      expect(selector.select()).toEqual([[key, EVENT_WRITE]]);
      os.write(reader.fileno());
      const both = selector.modify(writer, BOTH);
      expect(selector.select()).toEqual([[both, BOTH]]);
    });

    it('moves messages between twelve pairs', () => {
      const { os, selector } = start();
      const peers = new Map<number, number>();
      for (let i = 0; i < 12; i += 1) {
        const [a, b] = os.socketpair();
        peers.set(b, a);
        selector.register(a, EVENT_READ, 'reader');
        selector.register(b, EVENT_WRITE, 'writer');
      }
      for (let i = 0; i < 12; i += 1) {
        const writers = selector.select().filter(([, events]) => events === EVENT_WRITE);
        expect(writers).toHaveLength(12 - i);
        const writer = writers[i % writers.length]?.[0].fd as number;
        os.write(writer);
        const readers = selector.select().filter(([, events]) => events === EVENT_READ);
        expect(readers.map(([key]) => key.fd)).toEqual([peers.get(writer)]);
        os.drain(peers.get(writer) as number);
        selector.unregister(writer);
        selector.unregister(peers.get(writer) as number);
      }
      expect(selector.getMap().size).toBe(0);
    });

    it('of nothing returns nothing, after its time', () => {
      const { selector } = start();
      expect(selector.select(0)).toEqual([]);
      expect(selector.select(-1)).toEqual([]);
      const startMs = clockMs();
      expect(selector.select(60.5)).toEqual([]);
      expect(clockMs() - startMs).toBeGreaterThanOrEqual(60.5);
    });

    it('waits no less than it was told, also over several slices, and little more', () => {
      const { selector, reader } = start();
      selector.register(reader, EVENT_READ);
      const startMs = clockMs();
      expect(selector.select(620)).toEqual([]);
      expect(clockMs() - startMs).toBeGreaterThanOrEqual(620);
      expect(clockMs() - startMs).toBeLessThan(2000);
    });

    it('null waits beyond its slices for another thread', () => {
      const { selector, reader, writer } = start();
      const key = selector.register(reader, EVENT_READ);
      const startMs = clockMs();
      secondThread.writeLater(writer.fileno(), 400);
      expect(selector.select(null)).toEqual([[key, EVENT_READ]]);
      expect(clockMs() - startMs).toBeGreaterThan(390);
    });

    it.runIf(isMainThread)('goes on after signals, with the time that is left (PEP 475)', () => {
      const { selector, reader } = start();
      selector.register(reader, EVENT_READ);
      const ignore = (): void => {};
      process.on('SIGUSR2', ignore);
      onTeardown(() => void process.off('SIGUSR2', ignore));
      const startMs = clockMs();
      secondThread.signalLater('SIGUSR2', 30, 5);
      expect(selector.select(300)).toEqual([]);
      const elapsedMs = clockMs() - startMs;
      expect(elapsedMs).toBeGreaterThanOrEqual(300);
      expect(elapsedMs).toBeLessThan(1500);
    });

    it.runIf(!emulated)('knows no FD_SETSIZE: 3,000 are ready in one call', () => {
      const { os, selector, writer } = start();
      for (let i = 0; i < 3000; i += 1) selector.register(os.dup(writer.fileno()), EVENT_WRITE);
      expect(new Set(selector.select().map(([key]) => key.fd)).size).toBe(3000);
    });
  });

  it.runIf(numbersAreOurs && !emulated)('a registration leaked through a duplicate does not spin', () => {
    const { os, selector, reader, writer } = start();
    os.dup(reader.fileno());
    const key = selector.register(writer, EVENT_READ);
    selector.register(reader, EVENT_READ);
    os.write(writer.fileno());
    reader.close();
    selector.unregister(reader);
    // 8 + 1 live registration: so many waits are wasted, the others last as long as they were told.
    let emptyHanded = 0;
    const startMs = clockMs();
    for (let i = 0; i < 30; i += 1) {
      const count = selector.poll(20);
      for (let index = 0; index < count; index += 1) {
        expect(selector.readyKey(index)).toBeNull();
        emptyHanded += 1;
      }
    }
    expect(emptyHanded).toBe(selector.kind === 'epoll' ? 9 : 0);
    expect(clockMs() - startMs).toBeGreaterThanOrEqual(21 * 20);
    expect(selector.getKey(writer)).toBe(key);
  });
});
