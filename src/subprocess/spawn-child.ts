/** Starting a child: from a checked request to a process and our descriptors that lead to it. */

import { STDIO_TERMINAL } from '../kernel/process-calls.ts';
import type { LoopCore } from '../loop/loop-core.ts';
import type { Socket } from '../sockets/socket.ts';
import { describeCommand, spawnError } from './errors.ts';
import { encodeSpawnRequest, type SpawnRequest } from './spawn-request.ts';
import type { Stdio } from './stdio.ts';

/** A process that runs, and our descriptors that lead to it. */
export interface SpawnedChild {
  readonly pid: number;
  /** Readable when it has ended. */
  readonly exitFd: number;
  readonly stdinFd: number | null;
  readonly stdoutFd: number | null;
  readonly stderrFd: number | null;
  readonly terminal: number | null;
  /** Which of its three descriptors are the terminal. */
  readonly terminalStdio: readonly [boolean, boolean, boolean];
  /** For messages. */
  readonly command: string;
}

/** Sockets that a child has got, which are blocking from then on. Our calls need all others not to be. */
const given = new WeakSet<Socket>();

/** @throws OSError that names the program or the directory */
export function spawnChild(loop: LoopCore, request: SpawnRequest & Stdio): SpawnedChild {
  const { text, numbers, limits } = encodeSpawnRequest(request);
  const out = new Int32Array(5);
  const { fds } = loop.kernel;
  const ours = request.sockets.filter((sock) => !given.has(sock));
  // A descriptor that is handed on may be a transport's socket: what was written to it comes first.
  loop.io.sends.flush();
  for (const { fd } of ours) fds.setNonblocking(fd, false);
  const pid = loop.kernel.processes.spawn(text, numbers, limits, out);
  if (pid < 0) {
    for (const { fd } of ours) fds.setNonblocking(fd, true);
    throw spawnError(pid, out[0] as number, request);
  }
  for (const sock of ours) given.add(sock);
  const opened = (place: number): number | null => {
    const fd = out[place] as number;
    return fd < 0 ? null : fd;
  };
  const [stdin, stdout, stderr] = request.stdio;
  return {
    pid,
    exitFd: out[0] as number,
    stdinFd: opened(1),
    stdoutFd: opened(2),
    stderrFd: opened(3),
    terminal: opened(4),
    terminalStdio: [stdin === STDIO_TERMINAL, stdout === STDIO_TERMINAL, stderr === STDIO_TERMINAL],
    command: describeCommand(request.args),
  };
}
