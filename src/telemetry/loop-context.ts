/** OpenTelemetry's context, kept for each task: which span is the active one. */

import {
  type Context,
  type ContextManager,
  ROOT_CONTEXT,
  type Span,
  type SpanOptions,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { ContextVar } from '../base/context.ts';
import type { Coroutine } from '../coroutines/coroutine.ts';
import { asError } from '../coroutines/thrown.ts';

/** What is active in the current task. */
export const activeContext: ContextVar<Context> = new ContextVar<Context>('selectloop.opentelemetry', {
  default: ROOT_CONTEXT,
});

/**
 * OpenTelemetry's context manager for programs on selectloop: each task has its own active context, and
 * begins with that of the task that made it. (`AsyncLocalStorage`, which OpenTelemetry uses by default, knows
 * no coroutines.)
 *
 *     context.setGlobalContextManager(new LoopContextManager());
 */
export class LoopContextManager implements ContextManager {
  /** The active context of the running task. */
  active(): Context {
    return activeContext.get();
  }

  /**
   * Calls `fn` with `context` active. For a coroutine, which goes on after it has returned, use
   * {@link inSpan}.
   */
  with<A extends unknown[], F extends (...args: A) => ReturnType<F>>(
    context: Context,
    fn: F,
    thisArg?: ThisParameterType<F>,
    ...args: A
  ): ReturnType<F> {
    const token = activeContext.set(context);
    try {
      return fn.call(thisArg as ThisParameterType<F>, ...args);
    } finally {
      activeContext.reset(token);
    }
  }

  /** A function that calls `target` with `context` active; anything but a function is returned as it is. */
  bind<T>(context: Context, target: T): T {
    if (typeof target !== 'function') return target;
    const call = target as unknown as (...args: unknown[]) => unknown;
    const bound = (...args: unknown[]): unknown => this.with(context, call, undefined, ...args);
    return bound as unknown as T;
  }

  /** Nothing has to be set up. */
  enable(): this {
    return this;
  }

  /** Nothing has to be taken down. */
  disable(): this {
    return this;
  }
}

/**
 * Runs a coroutine within a span: `tracer.startActiveSpan`, for coroutines. The span is the parent of those
 * that are started in `body`, and of the tasks that it makes; it ends with it, and has the error that leaves
 * it.
 *
 *     const rows = yield* inSpan(tracer, 'query', function* (span) {
 *       span.setAttribute('db.table', 'users');
 *       return yield* query('users');
 *     });
 *
 * @param options as `tracer.startSpan` takes them
 * @returns what `body` returns
 * @throws what `body` throws
 */
export function* inSpan<T>(
  tracer: Tracer,
  name: string,
  body: (span: Span) => Coroutine<T>,
  options: SpanOptions = {},
): Coroutine<T> {
  const parent = activeContext.get();
  const span = tracer.startSpan(name, options, parent);
  const token = activeContext.set(trace.setSpan(parent, span));
  try {
    return yield* body(span);
  } catch (error) {
    noteError(span, error);
    throw error;
  } finally {
    activeContext.reset(token);
    span.end();
  }
}

/** The span ends with an error. */
export function noteError(span: Span, thrown: unknown): void {
  try {
    const error = Object(thrown) === thrown ? asError(thrown) : String(thrown);
    span.recordException(error);
    span.setStatus({
      code: SpanStatusCode.ERROR,
      message: typeof error === 'string' ? error : error.message,
    });
  } catch {
    // An error that throws when it is looked at. Whoever awaits it gets it all the same.
    span.setStatus({ code: SpanStatusCode.ERROR });
  }
}
