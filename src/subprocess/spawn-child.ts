/** Starting a child: from a checked request to a process and our descriptors that lead to it. */

import type { Kernel } from '../kernel/kernel.ts';
import { check } from '../kernel/os-error.ts';
import { STDIO_TERMINAL } from '../kernel/process-calls.ts';
import type { LoopCore } from '../loop/loop-core.ts';
import type { Socket } from '../sockets/socket.ts';
import { killNow } from './child-end.ts';
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
  /** Whether `stdinFd` is the terminal, a duplicate of it. */
  readonly terminalWriter: boolean;
  /** Which of `stdoutFd` and `stderrFd` is, with all that the child writes to either. */
  readonly terminalReader: 1 | 2 | null;
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
  return withTerminalEnds(loop.kernel, request, {
    pid,
    exitFd: out[0] as number,
    stdinFd: descriptorAt(out, 1),
    stdoutFd: descriptorAt(out, 2),
    stderrFd: descriptorAt(out, 3),
    terminal: descriptorAt(out, 4),
    command: describeCommand(request.args),
  });
}

function descriptorAt(out: Int32Array, place: number): number | null {
  const fd = out[place] as number;
  return fd < 0 ? null : fd;
}

/** Duplicates the terminal for the descriptors of the child that lead to it. */
function withTerminalEnds(
  kernel: Kernel,
  { stdio }: Stdio,
  child: Omit<SpawnedChild, 'terminalWriter' | 'terminalReader'>,
): SpawnedChild {
  const [input, output, errors] = stdio;
  const terminalWriter = input === STDIO_TERMINAL;
  const terminalReader = output === STDIO_TERMINAL ? 1 : errors === STDIO_TERMINAL ? 2 : null;
  const ends = { stdinFd: child.stdinFd, stdoutFd: child.stdoutFd, stderrFd: child.stderrFd };
  try {
    const duplicate = (fd: number): number => check(kernel.fds.dup(fd), 'dup', fd);
    if (child.terminal !== null) {
      if (terminalWriter) ends.stdinFd = duplicate(child.terminal);
      if (terminalReader === 1) ends.stdoutFd = duplicate(child.terminal);
      if (terminalReader === 2) ends.stderrFd = duplicate(child.terminal);
    }
  } catch (error) {
    giveUp(kernel, { ...child, ...ends });
    throw error;
  }
  return { ...child, ...ends, terminalWriter, terminalReader };
}

/** It runs, and cannot be led to: nobody would hear of its end. */
function giveUp(
  kernel: Kernel,
  child: Pick<SpawnedChild, 'pid' | 'exitFd' | 'stdinFd' | 'stdoutFd' | 'stderrFd' | 'terminal'>,
): void {
  killNow(kernel, child.pid, child.exitFd);
  if (kernel.processes.reap(child.pid, new Int32Array(1)) === 0) kernel.processes.abandon(child.pid);
  for (const fd of [child.exitFd, child.stdinFd, child.stdoutFd, child.stderrFd, child.terminal])
    if (fd !== null) kernel.fds.close(fd);
}
