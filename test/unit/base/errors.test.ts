import { describe, expect, it } from 'vitest';
import { IncompleteReadError, TimeoutError, timedOut } from '../../../src/base/errors.ts';

describe('timedOut', () => {
  it('names the call and its limit', () => {
    const error = timedOut('waitFor', 250);
    expect(error).toBeInstanceOf(TimeoutError);
    expect([error.message, error.code, error.cause]).toEqual([
      'waitFor timed out after 250 ms',
      'ETIMEDOUT',
      undefined,
    ]);
    expect('cause' in error).toBe(false);
  });

  it('has no number for a limit that was a point in time', () => {
    expect(timedOut('timeoutAt', null).message).toBe('timeoutAt timed out');
  });

  it('ends with the detail, and keeps the cause', () => {
    const cause = new Error('cancelled');
    const error = timedOut('sendall', 0.5, { detail: ', 4 of 10 bytes sent', cause });
    expect(error.message).toBe('sendall timed out after 0.5 ms, 4 of 10 bytes sent');
    expect(error.cause).toBe(cause);
  });
});

describe('IncompleteReadError', () => {
  it('says what ended', () => {
    expect(new IncompleteReadError(Buffer.from('abc'), 10).message).toBe(
      '3 bytes read on a total of 10 expected bytes',
    );
    expect(new IncompleteReadError(Buffer.alloc(0), null).message).toBe(
      'the stream ended after 0 more bytes, before the separator',
    );
  });
});
