/**
 * The TCP echo server again, with a protocol: no coroutine for a connection, the loop calls its methods as things happen.
 * The fastest of the three styles, and the one where flow control is in sight: see the last two methods.
 *
 *     npm run example -- echo-protocol      # 127.0.0.1:8007; --port changes that
 *     nc 127.0.0.1 8007
 */

import { type Coroutine, getRunningLoop, Protocol, print, runMain, type Transport } from 'selectloop';
import { commandLine, portNumber } from '../command-line.ts';

const { port } = commandLine('echo-protocol', { port: portNumber(8007) });

class Echo extends Protocol {
  private transport!: Transport;

  override connectionMade(transport: Transport): void {
    this.transport = transport;
  }

  override dataReceived(data: Buffer): void {
    this.transport.write(data);
  }

  /** The client reads more slowly than it sends: hear no more of it until it has caught up. */
  override pauseWriting(): void {
    this.transport.pauseReading();
  }

  override resumeWriting(): void {
    this.transport.resumeReading();
  }
}

function* serve(): Coroutine<never> {
  const where = { host: '127.0.0.1', port };
  using server = yield* getRunningLoop().createServer(() => new Echo(), where);
  print(`Echoing on port ${server.port}`);
  return yield* server.serveForever();
}

runMain(serve);
