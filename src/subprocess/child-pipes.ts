/** The pipes of a child, or its terminal, each with a transport of its own. */

import { ClosedResourceError } from '../base/errors.ts';
import type { LoopCore } from '../loop/loop-core.ts';
import { BaseProtocol } from '../transports/base.ts';
import { Protocol } from '../transports/protocol.ts';
import { ReadPipeTransport } from '../transports/read-pipe-transport.ts';
import { WritePipeTransport } from '../transports/write-pipe-transport.ts';
import type { SpawnedChild } from './spawn-child.ts';

/** The listener to what happens on the pipes. */
export interface PipeListener {
  pipeDataReceived(fd: number, data: Buffer): void;
  pipeConnectionLost(fd: number, error: Error | null): void;
  pauseWriting(): void;
  resumeWriting(): void;
}

/** Hands on what comes from stdout or stderr. */
class OutputProtocol extends Protocol {
  private readonly fd: number;
  private readonly pipes: ChildPipes;
  private readonly listener: PipeListener;

  constructor(fd: number, pipes: ChildPipes, listener: PipeListener) {
    super();
    this.fd = fd;
    this.pipes = pipes;
    this.listener = listener;
  }

  override dataReceived(data: Buffer): void {
    this.listener.pipeDataReceived(this.fd, data);
  }

  override connectionLost(error: Error | null): void {
    this.pipes.lost(this.fd);
    this.listener.pipeConnectionLost(this.fd, error);
  }
}

/** Hands on what happens to stdin. */
class InputProtocol extends BaseProtocol {
  private readonly pipes: ChildPipes;
  private readonly listener: PipeListener;

  constructor(pipes: ChildPipes, listener: PipeListener) {
    super();
    this.pipes = pipes;
    this.listener = listener;
  }

  override connectionLost(error: Error | null): void {
    this.pipes.lost(0);
    this.listener.pipeConnectionLost(0, error);
  }

  override pauseWriting(): void {
    this.listener.pauseWriting();
  }

  override resumeWriting(): void {
    this.listener.resumeWriting();
  }
}

/**
 * Our ends. A terminal is written to as descriptor 0, and read from as the first of 1 and 2 that leads to it.
 */
export class ChildPipes {
  private readonly loop: LoopCore;
  private readonly transports = new Map<number, ReadPipeTransport | WritePipeTransport>();
  private readonly open = new Set<number>();
  /** For its size. The transports have duplicates, so that each can be closed by itself. */
  private terminal: number | null;
  private readonly hasTerminal: boolean;
  private readonly terminalWriter: boolean;
  /** The descriptor as which it is read from. */
  private readonly terminalReader: 1 | 2 | null;

  constructor(loop: LoopCore, child: SpawnedChild, listener: PipeListener) {
    this.loop = loop;
    this.terminal = child.terminal;
    this.hasTerminal = child.terminal !== null;
    this.terminalWriter = child.terminalWriter;
    this.terminalReader = child.terminalReader;
    if (child.stdinFd !== null) {
      this.add(0, new WritePipeTransport(loop, child.stdinFd, new InputProtocol(this, listener), null));
    }
    for (const fd of [1, 2] as const) {
      const output = fd === 1 ? child.stdoutFd : child.stderrFd;
      if (output !== null) {
        this.add(fd, new ReadPipeTransport(loop, output, new OutputProtocol(fd, this, listener), null));
      }
    }
  }

  get(fd: number): ReadPipeTransport | WritePipeTransport | null {
    return this.transports.get(fd) ?? null;
  }

  anyOpen(): boolean {
    return this.open.size > 0;
  }

  /** The pipe to descriptor `fd` is closed. */
  lost(fd: number): void {
    this.open.delete(fd);
    if (fd === this.terminalReader) this.closeTerminalInput();
  }

  /** The process has ended. */
  exited(): void {
    if (this.terminalReader === null) this.closeTerminalInput();
  }

  close(): void {
    for (const transport of this.transports.values()) {
      // What is unsent would keep a pipe open that nobody reads.
      if (transport instanceof WritePipeTransport) transport.abort();
      else transport.close();
    }
    this.closeTerminal();
  }

  /** Hangs up, if the transports are closed too. */
  closeTerminal(): void {
    if (this.terminal !== null) this.loop.kernel.fds.close(this.terminal);
    this.terminal = null;
  }

  terminalFd(call: string): number {
    if (this.terminal !== null) return this.terminal;
    if (this.hasTerminal) throw new ClosedResourceError(`${call}: the terminal is closed`);
    throw new TypeError(`${call}: the process has no terminal. Start it with { pty: { rows, columns } }.`);
  }

  /** A terminal does not tell its writer that nobody is left to read. */
  private closeTerminalInput(): void {
    if (this.terminalWriter) this.transports.get(0)?.abort();
  }

  toString(): string {
    const names = ['stdin', 'stdout', 'stderr'];
    return `open=[${[...this.open].map((fd) => names[fd]).join(' ')}]`;
  }

  private add(fd: number, transport: ReadPipeTransport | WritePipeTransport): void {
    this.transports.set(fd, transport);
    this.open.add(fd);
  }
}
