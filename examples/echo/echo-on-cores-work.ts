/** What each thread of `echo-on-cores.ts` does: a module of its own, which the thread imports. */

import { type Coroutine, getRunningLoop, Protocol, type Server, type Transport } from 'selectloop';
import type { Socket } from 'selectloop/socket';

class Echo extends Protocol {
  private transport!: Transport;

  override connectionMade(transport: Transport): void {
    this.transport = transport;
  }

  override dataReceived(data: Buffer): void {
    this.transport.write(data);
  }

  override pauseWriting(): void {
    this.transport.pauseReading();
  }

  override resumeWriting(): void {
    this.transport.resumeReading();
  }
}

/** Called by `serveOnThreads` in each thread, with the socket that it listens with. */
export function* serve(sock: Socket): Coroutine<Server> {
  return yield* getRunningLoop().createServer(() => new Echo(), { sock });
}
