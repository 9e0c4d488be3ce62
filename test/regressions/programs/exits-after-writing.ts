/** Answers two clients in one pass, ends in the middle of it, and prints what they were sent. */

import { writeSync } from 'node:fs';
import { getRunningLoop, Protocol, run, sleep, type Transport } from '../../../src/index.ts';
import { type Socket, socketpair } from '../../../src/socket.ts';

const peers: Socket[] = [];
let answerCount = 0;

class Answering extends Protocol {
  private transport!: Transport;

  override connectionMade(transport: Transport): void {
    this.transport = transport;
  }

  override dataReceived(): void {
    this.transport.write(Buffer.from('bye'));
    if (++answerCount < 2) return;
    process.on('exit', () => {
      for (const peer of peers) writeSync(1, `${peer.recv(100)}\n`);
    });
    process.exit(0);
  }
}

run(function* () {
  for (let i = 0; i < 2; i++) {
    const [sock, peer] = socketpair();
    peer.settimeout(0);
    peers.push(peer);
    yield* getRunningLoop().createConnection(() => new Answering(), { sock });
  }
  for (const peer of peers) peer.send(Buffer.from('question'));
  yield* sleep(60_000);
});
