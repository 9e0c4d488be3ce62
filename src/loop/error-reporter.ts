/** One loop's last resort for errors: its exception handler, and what happens when that fails too. */

import { Context, enterContext, leaveContext } from '../base/context.ts';
import { isInterrupt } from '../coroutines/thrown.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { type ExceptionContext, type ExceptionHandler, formatExceptionContext } from './exception-context.ts';
import { outputLine } from './output.ts';

const DEFAULT_FAILED = 'Exception in default exception handler';
const BOTH_FAILED = `${DEFAULT_FAILED} while handling an unexpected error in custom exception handler`;

/** What the reporter needs of its loop. */
interface ReportingLoop {
  defaultExceptionHandler(context: ExceptionContext): void;
  readonly isGuest: boolean;
}

export class ErrorReporter {
  handler: ExceptionHandler<unknown> | null = null;
  private readonly loop: ReportingLoop;
  private readonly kernel: Kernel;

  /** @param loop what handlers are given; its `defaultExceptionHandler` may be overridden */
  constructor(loop: ReportingLoop, kernel: Kernel) {
    this.loop = loop;
    this.kernel = kernel;
  }

  setHandler(handler: ExceptionHandler<unknown> | null): void {
    if (handler !== null && typeof handler !== 'function') {
      throw new TypeError(`setExceptionHandler: a callable object or null is needed, got ${typeof handler}`);
    }
    this.handler = handler;
  }

  /**
   * The handler runs in the context of the task concerned, as the callback's does that failed: what it logs
   * is about that one.
   */
  report(context: ExceptionContext): void {
    const own = contextOf(context.task) ?? contextOf(context.future);
    if (own === null) {
      this.handle(context);
      return;
    }
    const previous = enterContext(own);
    try {
      this.handle(context);
    } finally {
      leaveContext(previous);
    }
  }

  private handle(context: ExceptionContext): void {
    if (this.handler === null) {
      this.handleByDefault(context, DEFAULT_FAILED);
      return;
    }
    try {
      this.handler(this.loop, context);
    } catch (error) {
      if (isInterrupt(error)) throw error;
      const message = 'Unhandled error in exception handler';
      this.handleByDefault({ message, exception: error, context }, BOTH_FAILED);
    }
  }

  /** @param complaint what is printed when that fails too: a loop may have a default handler of its own */
  private handleByDefault(context: ExceptionContext, complaint: string): void {
    try {
      this.loop.defaultExceptionHandler(context);
    } catch (error) {
      if (isInterrupt(error)) throw error;
      this.printFailure(complaint, error, context);
    }
  }

  print(context: ExceptionContext): void {
    outputLine(this.kernel, this.loop.isGuest, 2, formatExceptionContext(context));
  }

  private printFailure(complaint: string, error: unknown, context: ExceptionContext): void {
    try {
      this.print({ message: complaint, exception: error, context });
    } catch {
      // stderr itself is gone; there is nobody left to tell.
    }
  }
}

/** The context of a task, and `null` for anything else: futures have none. */
function contextOf(subject: object | undefined): Context | null {
  const { getContext } = (subject ?? {}) as { getContext?: unknown };
  if (typeof getContext !== 'function') return null;
  const context: unknown = getContext.call(subject);
  return context instanceof Context ? context : null;
}
