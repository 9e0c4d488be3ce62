/** Messages that are fetched together. */
import { describe, expect, test } from 'vitest';
import { KeyboardInterrupt } from '../../../src/index.ts';
import type { InetAddress } from '../../../src/socket.ts';
import { Answering, arrive, arrivedAt, echo, newPeer, world } from './datagrams-world.ts';
import { settle, until } from './fixtures.ts';

describe('messages that are there together', () => {
  test('are fetched in one call, handed out in order, and answered in one call', () => {
    const all = world();
    echo(all);
    arrive(all, 'one', '', 'three');
    expect(all.protocol.notes).toEqual(['one', '', 'three']);
    expect(arrivedAt(all.peer)).toEqual(['one', '', 'three']);
    expect(all.calls.slice(0, 2)).toEqual(['recvMany 3', 'sendEach 3']);
  });

  test('each has its own sender, and the memory of each is its own', () => {
    const all = world();
    const other = newPeer();
    const got: [Buffer, InetAddress][] = [];
    all.protocol.datagramReceived = (data, address) => got.push([data, address as InetAddress]);
    other.sendto(Buffer.from('other'), all.address);
    arrive(all, 'first', 'second');
    arrive(all, 'third');
    expect(got.map(([data]) => data.toString())).toEqual(['other', 'first', 'second', 'third']);
    const mine = all.peer.getsockname();
    expect(got.map(([, address]) => address)).toEqual([other.getsockname(), mine, mine, mine]);
    expect(got[1]?.[1]).not.toBe(got[2]?.[1]);
  });

  test('the largest of UDP arrives whole beside small ones', () => {
    const all = world();
    const large = 'L'.repeat(65_507);
    arrive(all, 'a', large, 'b');
    expect(all.protocol.notes).toEqual(['a', large, 'b']);
  });

  test('more than a call fetches come in several', () => {
    const all = world();
    const texts = Array.from({ length: 40 }, (_, i) => String(i));
    echo(all);
    arrive(all, ...texts);
    until(all.loop, () => all.protocol.notes.length === 40);
    expect(all.protocol.notes).toEqual(texts);
    expect(arrivedAt(all.peer)).toEqual(texts);
    expect(all.calls.filter((call) => call === 'recvMany 16')).toHaveLength(2);
  });

  test('one at a time is asked for by itself, until there are several again', () => {
    const all = world();
    for (let i = 0; i < 10; i++) arrive(all, 'x');
    expect(all.calls.filter((call) => call.startsWith('recvMany'))).toEqual(['recvMany 1']);
    const texts = Array.from({ length: 30 }, (_, i) => String(i));
    arrive(all, ...texts);
    until(all.loop, () => all.protocol.notes.length === 40);
    expect(all.protocol.notes.slice(10)).toEqual(texts);
    expect(all.calls.at(-1)).toMatch(/^recvMany \d/);
  });

  test.each(['close', 'abort'] as const)('what is behind one that calls %s is dropped', (call) => {
    const all = world();
    all.protocol.answer = (text, address) => {
      all.transport.sendto(Buffer.from(text), address);
      if (text === 'two') all.transport[call]();
    };
    arrive(all, 'one', 'two', 'three');
    expect(all.protocol.notes).toEqual(['one', 'two', 'lost']);
    expect(arrivedAt(all.peer)).toEqual(['one', 'two']);
  });

  test('what is behind one that pauses reading waits, ahead of what comes later', () => {
    const all = world();
    all.protocol.answer = (text) => {
      if (text === 'two') all.transport.pauseReading();
    };
    arrive(all, 'one', 'two', 'three', 'four');
    arrive(all, 'five');
    expect(all.protocol.notes).toEqual(['one', 'two']);
    all.transport.resumeReading();
    settle(all.loop);
    expect(all.protocol.notes).toEqual(['one', 'two', 'three', 'four', 'five']);
  });

  test('pausing and resuming in the middle changes nothing', () => {
    const all = world();
    all.protocol.answer = () => {
      all.transport.pauseReading();
      all.transport.resumeReading();
    };
    arrive(all, 'one', 'two', 'three');
    expect(all.protocol.notes).toEqual(['one', 'two', 'three']);
  });

  test('those that are paused for are dropped by close', () => {
    const all = world();
    all.protocol.answer = () => all.transport.pauseReading();
    arrive(all, 'one', 'two');
    all.transport.close();
    settle(all.loop);
    expect(all.protocol.notes).toEqual(['one', 'lost']);
  });

  test('an error of the protocol is that of its message', () => {
    const all = world();
    all.protocol.answer = (text, address) => {
      all.transport.sendto(Buffer.from(text), address);
      if (text === 'two') throw new Error('badly');
    };
    arrive(all, 'one', 'two', 'three');
    expect(all.takeReports().map(({ message }) => message)).toEqual(['protocol.datagramReceived() failed']);
    expect(arrivedAt(all.peer)).toEqual(['one', 'two', 'three']);
  });

  test('an interrupt leaves the others for the next run, and sends what was answered', () => {
    const all = world();
    all.protocol.answer = (text, address) => {
      all.transport.sendto(Buffer.from(text), address);
      if (text === 'two') throw new KeyboardInterrupt();
    };
    expect(() => arrive(all, 'one', 'two', 'three')).toThrow(KeyboardInterrupt);
    expect(arrivedAt(all.peer)).toEqual(['one', 'two']);
    settle(all.loop);
    expect(all.protocol.notes).toEqual(['one', 'two', 'three']);
  });

  test('where each takes long, others have their turns in between', () => {
    let nowMs = 0;
    const all = world({ nowMs: () => nowMs });
    all.protocol.answer = (text) => {
      nowMs += 2;
      all.loop.callSoon(() => all.protocol.notes.push(`after ${text}`));
    };
    arrive(all, 'one', 'two', 'three');
    until(all.loop, () => all.protocol.notes.length === 6);
    expect(all.protocol.notes).toEqual(['one', 'after one', 'two', 'after two', 'three', 'after three']);
  });

  test('setProtocol in the middle holds from the next message on', () => {
    const all = world();
    const next = new Answering();
    all.protocol.answer = () => all.transport.setProtocol(next);
    arrive(all, 'one', 'two', 'three');
    expect([all.protocol.notes, next.notes]).toEqual([['one'], ['two', 'three']]);
  });
});
