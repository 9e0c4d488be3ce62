/// <reference types="node" preserve="true" />
/**
 * selectloop: an asyncio-class event loop for Node.js that blocks in a real `select()`. Sockets are in
 * `selectloop/socket`, selectors in `selectloop/selectors`, what frameworks need in `selectloop/lowlevel`.
 */

export { Context, ContextVar, copyContext, Token } from './base/context.ts';
export {
  AbandonedLockError,
  BlockingIOError,
  BrokenBarrierError,
  BrokenExecutorError,
  BusyResourceError,
  CancelledError,
  ClosedResourceError,
  DeadlockError,
  GaiError,
  type GaiErrorFields,
  IncompleteReadError,
  InvalidStateError,
  isCancelled,
  KeyboardInterrupt,
  KeyError,
  LimitOverrunError,
  OSError,
  type OSErrorFields,
  QueueEmpty,
  QueueFull,
  QueueShutDown,
  RuntimeError,
  SendfileNotAvailableError,
  TimeoutError,
} from './base/errors.ts';
export type { DurationSummary } from './base/histogram.ts';
export { type Cancellable, cancelOnAbort, toAbortSignal } from './bridges/abort-signals.ts';
export { type Each, eachOf, toAsyncIterable } from './bridges/async-iterables.ts';
export { EventQueue, type EventQueueOptions, queueOfEvents } from './bridges/event-queue.ts';
export { fromNodeStream, fromWebStreams } from './bridges/from-node-stream.ts';
export { fromNodeSocket, listenInNode, toNodeSocket } from './bridges/node-socket.ts';
export type { NodeStream } from './bridges/node-stream-transport.ts';
export { toDuplex } from './bridges/to-duplex.ts';
export { toWebStreams, type WebStreams } from './bridges/web-streams.ts';
export { CancelScope, type CancelScopeOptions } from './cancellation/cancel-scope.ts';
export {
  type DeadlineOptions,
  failAfter,
  failAt,
  moveOnAfter,
  moveOnAt,
  type ScopeBody,
  shielded,
} from './cancellation/deadlines.ts';
export {
  type Awaitable,
  type AwaitableInput,
  type Coroutine,
  isAwaitable,
  isCoroutine,
  isCoroutineFunction,
  type Suspension,
} from './coroutines/coroutine.ts';
export type { StackFrame } from './coroutines/probe.ts';
export {
  type CallGraphOptions,
  captureCallGraph,
  FrameCallGraphEntry,
  FutureCallGraph,
  formatCallGraph,
  printCallGraph,
} from './debug/call-graph.ts';
export { formatTaskGraph, type TaskGraphFormat } from './debug/format-task-graph.ts';
export { type StuckTasksOptions, watchStuckTasks } from './debug/stuck-tasks.ts';
export {
  captureTaskGraph,
  type TaskGraph,
  type TaskGraphNode,
  type TaskGraphOptions,
} from './debug/task-graph.ts';
export { type ChromeTrace, startTrace, Trace, type TraceOptions } from './debug/trace.ts';
export type { TraceEvent } from './debug/trace-log.ts';
export { toThread } from './executors/default-executor.ts';
export {
  type CallResult,
  Executor,
  type ExecutorOptions,
  type ShutdownOptions,
} from './executors/executor.ts';
export type { LoopCalls } from './executors/loop-calls.ts';
export type { MapOptions } from './executors/map-calls.ts';
export type { ModuleCalls } from './executors/module-calls.ts';
export { move } from './executors/moving.ts';
export { ProcessPoolExecutor, type ProcessPoolOptions } from './executors/process-pool.ts';
export type { WorkerProcessOptions } from './executors/process-worker.ts';
export { ThreadPoolExecutor, type ThreadPoolOptions } from './executors/thread-pool.ts';
export type { ThreadOptions } from './executors/thread-worker.ts';
export {
  type BlockingCalls,
  blockingPortal,
  runCoroutineThreadsafe,
  ThreadsafeCall,
} from './executors/threadsafe-calls.ts';
export type { ErrorClass } from './executors/transported-errors.ts';
export { fromPromise, type PromiseSource } from './futures/from-promise.ts';
export { Future, isFuture } from './futures/future.ts';
export {
  type GroupTaskOptions,
  TaskGroup,
  type TaskGroupBody,
  type TaskGroupOptions,
  taskGroup,
} from './groups/task-group.ts';

export { startInspection } from './inspection/open-inspection.ts';
export type { CallbackArguments, CallOptions } from './loop/call-options.ts';
export type { Clock } from './loop/clock.ts';
export type { ExceptionContext, ExceptionHandler } from './loop/exception-context.ts';
export type { FileDescriptorLike } from './loop/fd-watch.ts';
export { Handle, WatchHandle } from './loop/handle.ts';
export type { InspectMode } from './loop/inspect-mode.ts';
export type {
  InstrumentedTask,
  IoCall,
  LoopInstrument,
  Nameable,
  VerbName,
} from './loop/instrument.ts';
export type { LoopCore } from './loop/loop-core.ts';
export type { LoopOptions } from './loop/loop-options.ts';
export type { LoopMetrics } from './loop/metrics.ts';
export { TimerHandle } from './loop/timer-handle.ts';
export type { AddressHints, AddressInfo, AddressQuery } from './names/address-query.ts';
export type { NameInfo } from './names/lookup-answer.ts';
export type { NameQueryAddress } from './names/name-query.ts';
export type { Port } from './resolvers/host-addresses.ts';
export type { Resolver } from './resolvers/resolver.ts';
export { StaticResolver } from './resolvers/static-resolver.ts';
export type { Attachment, AttachOptions } from './runtime/attachment.ts';
export {
  EventLoop,
  type EventLoop as AbstractEventLoop,
  EventLoop as BaseEventLoop,
  EventLoop as SelectorEventLoop,
  getRunningLoop,
  newEventLoop,
} from './runtime/event-loop.ts';
export { print } from './runtime/print.ts';
export { type GuestMain, type GuestOptions, runGuest } from './runtime/run-guest.ts';
export type { Main } from './runtime/run-loop.ts';
export { runMain } from './runtime/run-main.ts';
export { Runner, type RunnerOptions, run } from './runtime/runner.ts';
export { type Job, TaskRunner } from './runtime/task-runner.ts';
export type { SharedNumber } from './sharing/cells.ts';
export { SharedArray, type SharedNumbers, SharedValue } from './sharing/shared-array.ts';
export { SharedHoldable, SharedLock, type SharedMemory, SharedRLock } from './sharing/shared-lock.ts';
export type { SignalInput } from './signals/signal-handlers.ts';
export { openSignalReceiver, SignalReceiver } from './signals/signal-receiver.ts';
export { DatagramEndpoint, openDatagramEndpoint } from './streams/datagram-endpoint.ts';
export type { WriterProtocol, WriterReader } from './streams/drain.ts';
export type { ReceivedDatagram } from './streams/endpoint-protocol.ts';
export { isDisconnect } from './streams/is-disconnect.ts';
export { openConnection, openUnixConnection, type StreamOptions } from './streams/open-connection.ts';
export { stderr, stdin, stdout } from './streams/standard-streams.ts';
export { startServer, startUnixServer } from './streams/start-server.ts';
export {
  type ClientConnected,
  StreamReaderProtocol,
  type StreamReaderProtocolOptions,
} from './streams/stream-protocol.ts';
export { StreamReader, type StreamReaderOptions } from './streams/stream-reader.ts';
export {
  type StreamTlsOptions,
  StreamWriter,
} from './streams/stream-writer.ts';
export {
  createSubprocessExec,
  createSubprocessShell,
  type ProcessOptions,
} from './subprocess/create-subprocess.ts';
export { CalledProcessError } from './subprocess/errors.ts';
export type {
  LimitedResource,
  ResourceLimits,
  SubprocessOptions,
  TerminalSize,
} from './subprocess/options.ts';
export { type PartialOutput, partialOutput } from './subprocess/partial-output.ts';
export { Process, type ProcessOutput, SubprocessStreamProtocol } from './subprocess/process.ts';
export { type CompletedProcess, type RunProcessOptions, runProcess } from './subprocess/run-process.ts';
export type { Started } from './subprocess/spawn.ts';
export type { ProcessText } from './subprocess/spawn-request.ts';
export { DEVNULL, PIPE, STDOUT, type StdioChoices, type StdioInput } from './subprocess/stdio.ts';
export { SubprocessProtocol } from './subprocess/subprocess-protocol.ts';
export { SubprocessTransport } from './subprocess/subprocess-transport.ts';
export { Barrier } from './sync/barrier.ts';
export { CapacityLimiter, type CapacityLimiterStatistics } from './sync/capacity-limiter.ts';
export { Condition } from './sync/condition.ts';
export { Event } from './sync/event.ts';
export { Hold } from './sync/holdable.ts';
export { Lock } from './sync/lock.ts';
export { Queue } from './sync/queue.ts';
export { LifoQueue, PriorityQueue, type PriorityQueueOptions } from './sync/queue-kinds.ts';
export { BoundedSemaphore, Semaphore } from './sync/semaphore.ts';
export { type AsCompleted, asCompleted } from './tasks/as-completed.ts';
export {
  createEagerTaskFactory,
  createTask,
  eagerTaskFactory,
  type TaskFactory,
  type TaskWork,
} from './tasks/create-task.ts';
export { allTasks, currentTask } from './tasks/current-task.ts';
export { ensureFuture, wrapFuture } from './tasks/ensure-future.ts';
export { gather, type Results, type Settled } from './tasks/gather.ts';
export type { Instrument } from './tasks/instrument.ts';
export { shield } from './tasks/shield.ts';
export { sleep, sleepUntil } from './tasks/sleep.ts';
export { Task } from './tasks/task.ts';
export type { TaskOptions } from './tasks/task-options.ts';
export { Timeout, type TimeoutBody, timeout, timeoutAt, waitFor } from './tasks/timeout.ts';
export { type AnyFunction, toCoroutine } from './tasks/to-coroutine.ts';
export {
  ALL_COMPLETED,
  FIRST_COMPLETED,
  FIRST_EXCEPTION,
  type ReturnWhen,
  type WaitOptions,
  wait,
} from './tasks/wait.ts';
export { publishDiagnostics } from './telemetry/diagnostics.ts';

export { LoopThread, type LoopThreadOptions } from './threads/loop-thread.ts';
export { type ServeOnThreadsOptions, serveOnThreads, ThreadedServer } from './threads/serve-on-threads.ts';
export type { ContextSettings, Pem, ProtectedKey, TlsVersion } from './tls/context-options.ts';
export {
  SSLCertVerificationError,
  type SSLCertVerificationErrorFields,
  SSLEOFError,
  SSLError,
  type SSLErrorFields,
  SSLWantReadError,
  SSLZeroReturnError,
} from './tls/errors.ts';
export { MemoryBIO } from './tls/memory-bio.ts';
export { SSLContext, type SSLContextOptions } from './tls/ssl-context.ts';
export { SSLInfo } from './tls/ssl-info.ts';
export { SSLObject, type WrapOptions } from './tls/ssl-object.ts';
export { BaseProtocol, type BaseTransport, type ExtraInfo } from './transports/base.ts';
export type {
  ConnectionOptions,
  ConnectionPlace,
  UnixConnectionOptions,
  UnixConnectionPlace,
} from './transports/create-connection.ts';
export type {
  DatagramEndpointOptions,
  DatagramEndpointPlace,
} from './transports/create-datagram-endpoint.ts';
export type {
  ServerOptions,
  ServerPlace,
  ServingOptions,
  UnixServerOptions,
  UnixServerPlace,
} from './transports/create-server.ts';
export type { PipeLike } from './transports/pipe.ts';
export type { DatagramAddress, DatagramPlace, HostPlace, PathPlace } from './transports/place-arguments.ts';
export { BufferedProtocol, DatagramProtocol, Protocol, type StreamProtocol } from './transports/protocol.ts';
export { Server } from './transports/server.ts';
export type { ServerAddress } from './transports/server-address.ts';
export type {
  ClientTlsOptions,
  ServerTlsOptions,
  StartTlsOptions,
  TlsTimes,
} from './transports/tls/tls-options.ts';
export type {
  DatagramTransport,
  ReadTransport,
  Transport,
  WriteBufferLimits,
  WriteTransport,
} from './transports/transport.ts';
export type { Accepted } from './verbs/accept.ts';
export type { ReceivedFrom, ReceivedFromInto } from './verbs/receive-from.ts';
