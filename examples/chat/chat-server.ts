/**
 * A chat server. The first line of a client says who it is, `CONNECT name`; every line after that goes to everybody.
 *
 *     npm run example -- chat-server                   # 127.0.0.1:8010; --port changes that
 *     npm run example -- chat-client ada               # from several terminals; `nc 127.0.0.1 8010` will do, too
 *
 * What a chat must not do is suffer from its slowest member: sending to all never waits, and who does not read is shown out.
 */

import { type Coroutine, print, runMain, type StreamWriter, startServer } from 'selectloop';
import { commandLine, portNumber } from '../command-line.ts';
import { LINE_LIMIT_BYTES, Members, Refusal, type Room, serveMember } from './room.ts';

/** A chat within this process. */
class LocalRoom implements Room {
  private readonly members = new Members();

  *join(name: string, writer: StreamWriter): Coroutine<void> {
    if (this.members.has(name)) throw new Refusal(`${name} is here already`);
    this.members.add(name, writer);
    this.members.tellAll(`* ${name} has come; here: ${this.members.names.join(', ')}`);
  }

  *say(name: string, line: string): Coroutine<void> {
    this.members.tellAll(`${name}: ${line}`);
  }

  *leave(name: string): Coroutine<void> {
    this.members.delete(name);
    this.members.tellAll(`* ${name} has left`);
  }
}

function* main(port: number): Coroutine<never> {
  const room = new LocalRoom();
  const options = { host: '127.0.0.1', port, limit: LINE_LIMIT_BYTES };
  using server = yield* startServer((reader, writer) => serveMember(room, reader, writer), options);
  print(`Chatting on port ${server.port}`);
  return yield* server.serveForever();
}

const { port } = commandLine('chat-server', { port: portNumber(8010) });
runMain(() => main(port));
