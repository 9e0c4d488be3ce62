/** One loop's last resort for errors: its exception handler, and what happens when that fails too. */

import { KeyboardInterrupt } from '../base/errors.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { writeLine } from '../kernel/print.ts';
import { type ExceptionContext, type ExceptionHandler, formatExceptionContext } from './exception-context.ts';

export class ErrorReporter {
  handler: ExceptionHandler<unknown> | null = null;
  private readonly loop: { defaultExceptionHandler(context: ExceptionContext): void };
  private readonly kernel: Kernel;

  /** @param loop what handlers are given; its `defaultExceptionHandler` may be overridden */
  constructor(loop: { defaultExceptionHandler(context: ExceptionContext): void }, kernel: Kernel) {
    this.loop = loop;
    this.kernel = kernel;
  }

  setHandler(handler: ExceptionHandler<unknown> | null): void {
    if (handler !== null && typeof handler !== 'function') {
      throw new TypeError(`setExceptionHandler: a function or null is needed, got ${typeof handler}`);
    }
    this.handler = handler;
  }

  report(context: ExceptionContext): void {
    try {
      if (this.handler === null) this.loop.defaultExceptionHandler(context);
      else this.handler(this.loop, context);
    } catch (error) {
      if (error instanceof KeyboardInterrupt) throw error;
      this.reportHandlerFailure(error, context);
    }
  }

  print(context: ExceptionContext): void {
    writeLine(this.kernel, 2, formatExceptionContext(context));
  }

  private reportHandlerFailure(error: unknown, context: ExceptionContext): void {
    try {
      this.print({ message: 'Unhandled error in exception handler', exception: error });
      this.print(context);
    } catch {
      // stderr itself is gone; there is nobody left to tell.
    }
  }
}
