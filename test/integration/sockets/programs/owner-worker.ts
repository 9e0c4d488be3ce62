/** Opens descriptors in all ways, tells their numbers, and blocks until it is terminated. */

import { parentPort, workerData } from 'node:worker_threads';

import { defaultKernel } from '../../../../src/kernel/default-kernel.ts';
import { fromfd, recvFds, Socket, socketpair } from '../../../../src/socket.ts';

interface Job {
  readonly listener?: number;
  readonly far?: number;
  readonly taken?: number;
  readonly closes?: boolean;
}

const job = workerData as Job;
const { fds } = defaultKernel();
const opened: Record<string, number> = {};

function takeOver(fileno: number): Socket {
  return new Socket(undefined, undefined, undefined, { fileno });
}

const socket = new Socket();
opened.socket = socket.fileno();
if (job.closes === true) socket.close();
if (job.taken !== undefined) opened.taken = takeOver(job.taken).fileno();
if (job.listener !== undefined && job.far !== undefined) {
  const listener = fromfd(job.listener);
  const far = fromfd(job.far);
  opened.listener = listener.fileno();
  opened.far = far.fileno();
  opened.accepted = listener.accept()[0].fileno();
  const [left, right] = socketpair();
  [opened.left, opened.right, opened.twin] = [left.fileno(), right.fileno(), left.dup().fileno()];
  const pipe = new Int32Array(2);
  fds.pipe(pipe);
  [opened.reader, opened.writer] = pipe as unknown as [number, number];
  [opened.received] = recvFds(far, 1, 1)[1] as [number];
  // Two came with the first byte: the second one is not taken, and closed.
  opened.detached = new Socket().detach();
  const closing = new Socket();
  opened.closedAndReused = closing.fileno();
  closing.close();
}
parentPort?.postMessage(opened);
const [waiting] = socketpair();
waiting.recv(1);
