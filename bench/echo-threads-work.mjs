// What each thread of echo-threads.mjs serves.

import { BroadcastChannel, threadId } from 'node:worker_threads';
import { loadSelectloop, loadSocket } from './package-under-test.mjs';

const { getRunningLoop, Protocol } = await loadSelectloop();
const { IPPROTO_TCP, TCP_NODELAY } = await loadSocket();
const connections = new BroadcastChannel('connections');

class Echo extends Protocol {
  connectionMade(transport) {
    this.transport = transport;
    transport.getExtraInfo('socket').setsockopt(IPPROTO_TCP, TCP_NODELAY, 1);
    connections.postMessage(threadId);
  }

  dataReceived(data) {
    this.transport.write(data);
  }

  pauseWriting() {
    this.transport.pauseReading();
  }

  resumeWriting() {
    this.transport.resumeReading();
  }
}

export function* serve(sock) {
  return yield* getRunningLoop().createServer(() => new Echo(), { sock });
}
