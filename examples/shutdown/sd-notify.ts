/**
 * Tells systemd how a service is doing: `sd_notify(3)` in ten lines. One datagram to the socket that NOTIFY_SOCKET names, sent by
 * a plain blocking socket, which needs no loop.
 *
 *     npm run example -- sd-notify          # a service with Type=notify; elsewhere it says nothing to anybody
 *
 * To see what systemd sees:  socat -u UNIX-RECV:/tmp/notify -  and  NOTIFY_SOCKET=/tmp/notify node --import tsx …
 */

import { type Coroutine, Event, getRunningLoop, print, run, sleep } from 'selectloop';
import { AF_UNIX, SOCK_DGRAM, Socket } from 'selectloop/socket';
import { commandLine } from '../command-line.ts';

commandLine('sd-notify', {});

/** Sends e.g. `'READY=1'`. Returns false when nobody asked to be notified. @throws OSError when the receiver is not there */
function sdNotify(...assignments: string[]): boolean {
  const address = process.env.NOTIFY_SOCKET;
  if (!address) return false;
  using sock = new Socket(AF_UNIX, SOCK_DGRAM);
  sock.sendto(Buffer.from(assignments.join('\n')), address.replace(/^@/, '\0'));
  return true;
}

function* service(): Coroutine<void> {
  const stop = new Event();
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    getRunningLoop().addSignalHandler(signal, () => stop.set());
  yield* sleep(100); // Here a service opens what it serves.
  const notified = sdNotify('READY=1', 'STATUS=Serving', `MAINPID=${process.pid}`);
  print(notified ? 'Notified that it is ready' : 'Ready; no NOTIFY_SOCKET');
  yield* stop.wait();
  sdNotify('STOPPING=1');
}

run(service);
