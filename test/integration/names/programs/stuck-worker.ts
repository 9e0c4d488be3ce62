/** Blocks in the resolver, once it has said so. */
import { parentPort } from 'node:worker_threads';
import { EventLoop } from '../../../../src/index.ts';
import { getaddrinfo } from '../../../../src/socket.ts';

parentPort?.postMessage('started');
const loop = new EventLoop();
loop.getaddrinfo('slow-60000.test', 1);
getaddrinfo('slow-60000.test', 1);
