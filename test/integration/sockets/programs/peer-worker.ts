/**
 * The other side of a connection, on a thread of its own. `workerData` says what to do; each blocks in system
 * calls.
 */

import { parentPort, workerData } from 'node:worker_threads';

import { fromfd, Socket } from '../../../../src/socket.ts';

type Job =
  | { readonly task: 'send'; readonly port: number; readonly byteCount: number }
  | { readonly task: 'accept'; readonly fileno: number };

const job = workerData as Job;
// Told first: the main thread blocks from then on, and a worker's start needs it now and then.
parentPort?.postMessage('ready');

if (job.task === 'send') {
  using sock = new Socket();
  sock.settimeout(10_000);
  sock.connect(['127.0.0.1', job.port]);
  const data = Buffer.allocUnsafe(job.byteCount);
  for (let i = 0; i < data.length; i++) data[i] = (i * 31 + (i >> 8)) & 0xff;
  sock.sendall(data);
} else {
  // A duplicate, which is closed when this worker is terminated; the descriptor itself stays the main
  // thread's.
  fromfd(job.fileno).accept();
}
