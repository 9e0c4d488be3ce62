/// <reference types="node" preserve="true" />
/** What frameworks on selectloop are built from: the operating system's seam, and the parts of a loop. */

export { CHECKPOINT, LeafCoroutine, PROBE, type Suspension } from './coroutines/coroutine.ts';
export { defaultKernel } from './kernel/default-kernel.ts';
export {
  type FdCalls,
  type Kernel,
  type Poller,
  type PollerKind,
  READABLE,
  type SignalCalls,
  type SocketCalls,
  type SocketConstants,
  type WakeHandle,
  type Wakeup,
  WRITABLE,
} from './kernel/kernel.ts';
