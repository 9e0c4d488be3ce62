/** A unix socket that is in its folder no sooner than it can be connected to. */

import { renameSync, rmSync } from 'node:fs';
import type { Kernel } from '../kernel/kernel.ts';
import { createServer } from '../sockets/create-server.ts';
import type { Socket } from '../sockets/socket.ts';

/**
 * Listens at `path`, in place of whatever was there. `bind` makes a file that refuses connections until
 * `listen` is called; who connects in between takes the process for one that has ended. So it is made under
 * another name first.
 * @throws OSError, an error of the file system
 */
export function listenAt(path: string, kernel: Kernel): Socket {
  const unready = `${path}.unready`;
  // Left by a process with the same number that was killed.
  rmSync(unready, { force: true });
  const listener = createServer(unready, { family: kernel.constants.AF_UNIX, kernel });
  try {
    renameSync(unready, path);
    return listener;
  } catch (error) {
    listener.close();
    throw error;
  }
}
