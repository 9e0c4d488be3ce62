import { constants } from 'node:os';
import { describe, expect, test } from 'vitest';

import { BlockingIOError, OSError } from '../../../src/base/errors.ts';
import {
  EAGAIN,
  ECONNREFUSED,
  EINPROGRESS,
  EPIPE,
  errnoName,
  errnoNumber,
  strerror,
} from '../../../src/kernel/errno.ts';
import { check, osError } from '../../../src/kernel/os-error.ts';

describe('errno', () => {
  test('names and words, from numbers of either sign', () => {
    expect(errnoName(ECONNREFUSED)).toBe('ECONNREFUSED');
    expect(errnoName(-ECONNREFUSED)).toBe('ECONNREFUSED');
    expect(strerror(-ECONNREFUSED)).toBe('connection refused');
  });

  test('words for numbers that libuv leaves out', () => {
    expect(strerror(EINPROGRESS)).toBe('operation now in progress');
    expect(strerror(constants.errno.ECHILD)).toBe('no child processes');
  });

  test('every number of the platform goes to a name and back', () => {
    for (const number of Object.values(constants.errno)) {
      expect(errnoNumber(errnoName(number))).toBe(number);
      expect(strerror(number)).not.toMatch(/^(unknown error|no description)/);
    }
  });

  test('names that only libuv knows of', () => {
    expect(errnoName(errnoNumber('EHOSTDOWN') ?? 0)).toBe('EHOSTDOWN');
  });

  test('a number and a name that do not exist', () => {
    expect(errnoName(9999)).toBe('ERRNO_9999');
    expect(strerror(9999)).toBe('unknown error 9999');
    expect(errnoNumber('ENOSUCHNAME')).toBeUndefined();
    // libuv's inventions are no error numbers of a system call.
    expect(errnoNumber('EAI_FAIL')).toBeUndefined();
  });
});

describe('check', () => {
  test('passes results through', () => {
    expect(check(0, 'bind')).toBe(0);
    expect(check(17, 'recv')).toBe(17);
  });

  test('raises an error of the shape of Node’s own', () => {
    const error = failure(() => check(-ECONNREFUSED, 'connect', ['127.0.0.1', 1]));
    expect(error).toBeInstanceOf(OSError);
    expect(error).not.toBeInstanceOf(BlockingIOError);
    expect(error).toMatchObject({
      name: 'OSError',
      message: 'connect ECONNREFUSED 127.0.0.1:1 (connection refused)',
      code: 'ECONNREFUSED',
      errno: -ECONNREFUSED,
      syscall: 'connect',
      address: '127.0.0.1',
      port: 1,
    });
  });

  test('has no address where the call had none', () => {
    const error = failure(() => check(-EPIPE, 'send', 7));
    expect(error.message).toBe('send EPIPE fd 7 (broken pipe)');
    expect('address' in error).toBe(false);
    expect('port' in error).toBe(false);
  });

  test.each([EAGAIN, constants.errno.EWOULDBLOCK, EINPROGRESS])('%i is a BlockingIOError', (number) => {
    expect(osError(-number, 'recv')).toBeInstanceOf(BlockingIOError);
  });

  test.each([
    [['::1', 80] as const, 'bind EACCES [::1]:80 (permission denied)', '::1', 80],
    ['/tmp/x.sock', 'bind EACCES /tmp/x.sock (permission denied)', '/tmp/x.sock', undefined],
    [Buffer.from('\0abstract'), 'bind EACCES @abstract (permission denied)', '\0abstract', undefined],
    [
      [17, Buffer.alloc(4)] as const,
      'bind EACCES address family 17 (permission denied)',
      undefined,
      undefined,
    ],
    [null, 'bind EACCES (permission denied)', undefined, undefined],
    ['', 'bind EACCES (permission denied)', '', undefined],
  ])('subject %o', (subject, message, address, port) => {
    const error = osError(constants.errno.EACCES, 'bind', subject);
    expect([error.message, error.address, error.port]).toEqual([message, address, port]);
  });
});

function failure(action: () => unknown): OSError {
  try {
    action();
  } catch (error) {
    return error as OSError;
  }
  throw new Error('expected an error');
}
