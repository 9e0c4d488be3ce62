/**
 * The socket at which one thread's loops can be looked at. It lives as long as its thread; each loop that
 * runs on the thread serves it in its turn, also while it blocks in `select()`.
 *
 * | state    | entered by                     | a command that connects                       |
 * |----------|--------------------------------|-----------------------------------------------|
 * | served   | serve(): a loop begins a run   | is answered in the loop's next pass           |
 * | unserved | the loop closes                | waits in the backlog for the next loop        |
 * | gone     | the end of the process         | finds no socket                               |
 */

import { rmSync } from 'node:fs';
import { nodeModules } from '../base/node-modules.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { isNotNow } from '../kernel/os-error.ts';
import type { LoopCore } from '../loop/loop-core.ts';
import type { Socket } from '../sockets/socket.ts';
import { Answers } from './answers.ts';
import { InspectionConnection, watchReading } from './inspection-connection.ts';
import { listenAt } from './listen-at.ts';
import { mayInspect, peerUid } from './peer-uid.ts';
import { loopSocketPath, openInspectionFolder, sweepProcess } from './private-folder.ts';

/** When accepting is tried again that has failed: nobody is in a hurry, and the program is in need. */
const RETRY_MS = 1000;
/** Addresses of peers are of no interest here. */
const addressRecord = new Uint8Array(256);

class InspectionServer {
  private readonly listener: Socket;
  private readonly kernel: Kernel;
  private loop: LoopCore | null = null;
  private unwatch: () => void = () => {};
  private readonly connections = new Set<InspectionConnection>();

  /** @throws an error of the file system, OSError, RuntimeError: the folder cannot be trusted */
  constructor(kernel: Kernel) {
    const { isMainThread, threadId } = nodeModules.workerThreads;
    const folder = openInspectionFolder();
    const path = loopSocketPath(folder, process.pid, threadId);
    this.kernel = kernel;
    this.listener = listenAt(path, kernel);
    this.listener.setblocking(false);
    // With the process go its threads, and not all of them get to clean up.
    process.on('exit', () =>
      isMainThread ? sweepProcess(folder, process.pid) : rmSync(path, { force: true }),
    );
  }

  /** From now on until it closes, `loop` answers. */
  serve(loop: LoopCore): void {
    if (this.loop === loop) return;
    this.leave();
    this.loop = loop;
    loop.metrics();
    this.listen(loop, new Answers(loop));
    loop.closeActions.push(() => {
      if (this.loop === loop) this.leave();
    });
  }

  private leave(): void {
    this.loop = null;
    this.unwatch();
    for (const connection of this.connections) connection.close();
  }

  private listen(loop: LoopCore, answers: Answers): void {
    const closed = (): void => {
      this.unwatch = () => {};
    };
    this.unwatch = watchReading(loop, this.listener.fileno(), () => this.accept(loop, answers), closed);
  }

  /** Leaves the listener alone for a while. */
  private pause(loop: LoopCore, answers: Answers): void {
    this.unwatch();
    this.unwatch = () => {};
    loop.callLater(RETRY_MS, () => {
      if (this.loop === loop) this.listen(loop, answers);
    });
  }

  private accept(loop: LoopCore, answers: Answers): void {
    const fd = this.kernel.sockets.accept(this.listener.fileno(), addressRecord);
    if (fd < 0) {
      // Out of descriptors, most likely: the listener stays readable.
      if (!isNotNow(fd)) this.pause(loop, answers);
      return;
    }
    if (!mayInspect(peerUid(this.kernel, fd))) {
      this.kernel.fds.close(fd);
      return;
    }
    const connection: InspectionConnection = new InspectionConnection(
      loop,
      fd,
      (request, answer) => answers.answer(request, answer),
      () => this.connections.delete(connection),
    );
    this.connections.add(connection);
  }
}

let server: InspectionServer | null = null;

/** Lets commands look at `loop`. @throws what opening the socket throws */
export function serveInspection(loop: LoopCore): void {
  server ??= new InspectionServer(loop.kernel);
  server.serve(loop);
}
