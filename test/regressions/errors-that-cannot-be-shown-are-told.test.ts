/**
 * An error whose causes go round in a circle, or whose stack cannot be read (a getter, or an
 * `Error.prepareStackTrace` that throws), was not reported at all.
 */
import { expect, test } from 'vitest';
import { formatExceptionContext } from '../../src/loop/exception-context.ts';

const report = (exception: unknown): string[] =>
  formatExceptionContext({ message: 'It failed', exception })
    .split('\n')
    .filter((line) => !line.startsWith('    at '));

test('causes in a circle: each once', () => {
  const first = new Error('first');
  const second = new Error('second', { cause: first });
  first.cause = second;
  expect(report(second)).toEqual(['It failed', 'Error: second', 'caused by: Error: first']);
  first.cause = first;
  expect(report(first)).toEqual(['It failed', 'Error: first']);
});

test('a cause that is no error', () => {
  expect(report(new Error('own', { cause: 'text' }))).toEqual([
    'It failed',
    'Error: own',
    'caused by: raised: text',
  ]);
});

test('a stack, a message and a cause that throw', () => {
  const throws = {
    get(): never {
      throw new Error('from a getter');
    },
  };
  const error = Object.defineProperties(new Error('hidden'), {
    stack: throws,
    message: throws,
    cause: throws,
  });
  // Node 20 cannot show it either; newer ones show its class.
  expect(report(error)).toEqual([
    'It failed',
    expect.stringMatching(/^raised: (a value that cannot be shown|\[object Error\])$/),
  ]);
});

test('a Proxy that was revoked', () => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  expect(report(proxy)[0]).toBe('It failed');
});
