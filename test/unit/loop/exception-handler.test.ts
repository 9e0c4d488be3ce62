/** Errors that no task and no caller can receive. */
import { describe, expect, it } from 'vitest';
import { type ExceptionContext, KeyboardInterrupt } from '../../../src/index.ts';
import { formatExceptionContext } from '../../../src/loop/exception-context.ts';
import { recordPrints } from '../../support/recorded-prints.ts';
import { onePass, virtualLoop } from './virtual-loop.ts';

const failing = (message: string) =>
  function failingCallback(): void {
    throw new Error(message);
  };

describe('the exception handler', () => {
  it('is given the loop, and a context with message, exception and handle', () => {
    const { loop } = virtualLoop();
    const given: [unknown, ExceptionContext][] = [];
    loop.setExceptionHandler((handlerLoop, context) => given.push([handlerLoop, context]));
    const handle = loop.callSoon(failing('boom'));
    onePass(loop);
    expect(given).toHaveLength(1);
    const [[handlerLoop, context]] = given as [[unknown, ExceptionContext]];
    expect(handlerLoop).toBe(loop);
    expect(context.message).toBe('Exception in callback failingCallback()');
    expect(context.exception).toEqual(new Error('boom'));
    expect(context.handle).toBe(handle);
    expect(Object.keys(context).sort()).toEqual(['exception', 'handle', 'message']);
  });

  it('is told in debug mode where the callback was scheduled', () => {
    const { loop, takeReports } = virtualLoop({ debug: true });
    loop.callSoon(failing('boom'));
    onePass(loop);
    expect(takeReports()[0]?.sourceTraceback).toContain('exception-handler.test.ts');
  });

  it('that fails is reported together with what it was told, and the loop goes on', () => {
    const { loop, kernel } = virtualLoop();
    const prints = recordPrints(kernel);
    loop.setExceptionHandler(() => {
      throw new Error('the handler itself');
    });
    let wentOn = false;
    loop.callSoon(failing('first cause'));
    loop.callSoon(() => {
      wentOn = true;
    });
    onePass(loop);
    expect(wentOn).toBe(true);
    const printed = prints.map(({ fd, text }) => `${fd}: ${text}`);
    expect(printed).toHaveLength(1);
    expect(printed[0]).toMatch(/^2: Unhandled error in exception handler\nError: the handler itself/);
    expect(printed[0]).toContain('\nwhile handling:\nException in callback failingCallback()');
    expect(printed[0]).toContain('Error: first cause');
  });

  it('may end the run with an interrupt', () => {
    const { loop } = virtualLoop();
    loop.setExceptionHandler(() => {
      throw new KeyboardInterrupt('from the handler');
    });
    loop.callSoon(failing('cause'));
    expect(() => onePass(loop)).toThrow(KeyboardInterrupt);
    expect(loop.isRunning()).toBe(false);
  });

  it('can be asked for, replaced, and taken off', () => {
    const { loop } = virtualLoop();
    const handler = (): void => {};
    loop.setExceptionHandler(handler);
    expect(loop.getExceptionHandler()).toBe(handler);
    loop.setExceptionHandler(null);
    expect(loop.getExceptionHandler()).toBeNull();
    expect(() => loop.setExceptionHandler(3 as never)).toThrow(TypeError);
  });

  it('sees an interrupt in a callback never: that ends the run, and the rest of the batch runs next time', () => {
    const { loop, takeReports } = virtualLoop();
    let ran = false;
    loop.callSoon(() => {
      throw new KeyboardInterrupt('now');
    });
    loop.callSoon(() => {
      ran = true;
    });
    expect(() => onePass(loop)).toThrow(KeyboardInterrupt);
    expect(takeReports()).toEqual([]);
    expect(ran).toBe(false);
    onePass(loop);
    expect(ran).toBe(true);
  });
});

describe('the text of a report', () => {
  it('names the message, the objects, the error and its causes', () => {
    const cause = new RangeError('deep down');
    const text = formatExceptionContext({
      message: 'Something failed',
      exception: new Error('on top', { cause }),
      handle: { toString: () => '<the handle>' },
    });
    expect(text).toMatch(/^Something failed\nhandle: <the handle>\n/);
    expect(text).toContain('on top');
    expect(text).toContain('caused by: RangeError: deep down');
  });

  it('copes with what is no error', () => {
    expect(formatExceptionContext({ message: 'm', exception: 'a string' })).toContain('raised: a string');
    expect(formatExceptionContext({ message: 'm' })).toBe('m');
  });
});
