import { constants as os } from 'node:os';
import { describe, expect, test } from 'vitest';

import { defaultKernel } from '../../../src/kernel/default-kernel.ts';
import { openNativeKernel } from '../../../src/kernel/native-kernel.ts';
import * as publicConstants from '../../../src/sockets/constants/socket-constants.ts';

const kernel = defaultKernel();

describe('the native kernel', () => {
  test('there is one in a thread', () => {
    expect(defaultKernel()).toBe(kernel);
    expect(kernel.name).toBe('native');
    expect(openNativeKernel()).not.toBe(kernel);
  });

  test('no part of it can be replaced by accident', () => {
    for (const part of [kernel, kernel.sockets, kernel.fds, kernel.constants]) {
      expect(Object.isFrozen(part)).toBe(true);
    }
  });

  test('every call is there', () => {
    const calls = [...Object.entries(kernel.sockets), ...Object.entries(kernel.fds)];
    expect(calls.filter(([, call]) => typeof call !== 'function')).toEqual([]);
    expect(calls.length).toBe(41);
  });

  test('its poller opens, and sleeps no less than told', () => {
    const poller = kernel.openPoller();
    const start = kernel.nowMs();
    expect(poller.wait(new Int32Array(2), 5.5)).toBe(0);
    expect(kernel.nowMs() - start).toBeGreaterThanOrEqual(5.5);
    poller.close();
  });
});

describe('constants', () => {
  test('are integers', () => {
    const odd = Object.entries(kernel.constants).filter(([, value]) => !Number.isInteger(value));
    expect(odd).toEqual([]);
  });

  test('the public ones are the kernel’s, and undefined where it has none', () => {
    for (const [name, value] of Object.entries(publicConstants)) {
      expect([name, value]).toEqual([name, kernel.constants[name]]);
    }
  });

  test('what every system agrees on', () => {
    const { AF_UNSPEC, AF_UNIX, AF_INET, SOCK_STREAM, SOCK_DGRAM, IPPROTO_TCP, SHUT_RD } = kernel.constants;
    expect([AF_UNSPEC, AF_UNIX, AF_INET, SOCK_STREAM, SOCK_DGRAM, IPPROTO_TCP, SHUT_RD]).toEqual([
      0, 1, 2, 1, 2, 6, 0,
    ]);
  });

  test('error numbers are Node’s affair', () => {
    const known = Object.keys(os.errno).filter((name) => name in kernel.constants);
    expect(known).toEqual([]);
  });
});
