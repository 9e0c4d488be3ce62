import { afterEach, expect, test, vi } from 'vitest';
import { environmentVariable } from '../../../src/base/environment.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

test('the value, or nothing', () => {
  vi.stubEnv('SELECTLOOP_SOME', 'x');
  expect(environmentVariable('SELECTLOOP_SOME')).toBe('x');
  expect(environmentVariable('SELECTLOOP_NONE')).toBe('');
});

test('an environment that may not be read is empty', () => {
  const forbidden = new Proxy(process.env, {
    get() {
      throw new Error('Requires env access to "SELECTLOOP_SOME", run again with --allow-env');
    },
  });
  const before = process.env;
  process.env = forbidden;
  try {
    expect(environmentVariable('SELECTLOOP_SOME')).toBe('');
  } finally {
    process.env = before;
  }
});
