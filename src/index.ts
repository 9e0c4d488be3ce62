/**
 * selectloop: an asyncio-class event loop for Node.js that blocks in a real `select()`. Sockets are in `selectloop/socket`,
 * selectors in `selectloop/selectors`, what frameworks need in `selectloop/lowlevel`.
 */

export { Context, ContextVar, copyContext, Token } from './base/context.ts';
export {
  BlockingIOError,
  BusyResourceError,
  CancelledError,
  ClosedResourceError,
  InvalidStateError,
  isCancelled,
  KeyboardInterrupt,
  KeyError,
  OSError,
  type OSErrorFields,
  RuntimeError,
  TimeoutError,
} from './base/errors.ts';
export {
  type Awaitable,
  type Coroutine,
  isAwaitable,
  isCoroutine,
  isCoroutineFunction,
} from './coroutines/coroutine.ts';
export type { StackFrame } from './coroutines/probe.ts';
export { Future, isFuture } from './futures/future.ts';
export type { CallOptions } from './loop/call-options.ts';
export type { Clock } from './loop/clock.ts';
export type { ExceptionContext, ExceptionHandler } from './loop/exception-context.ts';
export type { FileDescriptorLike } from './loop/fd-watch.ts';
export { Handle, TimerHandle } from './loop/handle.ts';
export type { LoopHooks, SocketVerb } from './loop/hooks.ts';
export type { LoopOptions } from './loop/loop-core.ts';
export { EventLoop, getRunningLoop, type Main } from './runtime/event-loop.ts';
export { print } from './runtime/print.ts';
export { Runner, type RunnerOptions, run } from './runtime/runner.ts';
export { type Job, TaskRunner } from './runtime/task-runner.ts';
export { type AsCompleted, asCompleted } from './tasks/as-completed.ts';
export {
  createEagerTaskFactory,
  createTask,
  eagerTaskFactory,
  type TaskFactory,
} from './tasks/create-task.ts';
export { allTasks, currentTask } from './tasks/current-task.ts';
export { ensureFuture, wrapFuture } from './tasks/ensure-future.ts';
export { gather, type Results, type Settled } from './tasks/gather.ts';
export { shield } from './tasks/shield.ts';
export { sleep, sleepUntil } from './tasks/sleep.ts';
export { Task, type TaskOptions } from './tasks/task.ts';
export { type AnyFunction, toCoroutine } from './tasks/to-coroutine.ts';
export {
  ALL_COMPLETED,
  FIRST_COMPLETED,
  FIRST_EXCEPTION,
  type ReturnWhen,
  type WaitOptions,
  wait,
} from './tasks/wait.ts';
