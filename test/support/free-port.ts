import { once } from 'node:events';
import { createServer } from 'node:net';

/** Below what systems give to clients: Linux begins at 32,768, macOS at 49,152. */
const FIRST_PORT = 20_000;
const PORT_COUNT = 12_000;

/**
 * A port for a program that has to be told one. It is free now, and no client is given it in the meantime, as
 * those are that the system chooses: a program may take seconds to start.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST_PORT + Math.floor(Math.random() * PORT_COUNT);
    const server = createServer();
    try {
      await once(server.listen(port, '127.0.0.1'), 'listening');
      return port;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    } finally {
      server.close();
    }
  }
}
