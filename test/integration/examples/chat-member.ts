/** A member of the chat that is made of a socket. */
import type { Socket } from 'node:net';
import { type Coroutine, fromPromise } from '../../../src/index.ts';
import { connectClient, until } from './server-process.ts';

export class ChatMember {
  text = '';
  readonly socket: Socket;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.setEncoding('utf8').on('data', (part: string) => {
      this.text += part;
    });
  }

  static async join(port: number, firstLine: string): Promise<ChatMember> {
    const member = new ChatMember(await connectClient(port));
    member.socket.write(`${firstLine}\n`);
    return member;
  }

  /** Waits for a line. */
  async hears(line: string): Promise<void> {
    await until(() => `\n${this.text}`.includes(`\n${line}\n`), `'${line}' in:\n${this.text.slice(-2000)}`);
  }

  /** The same in a coroutine. */
  *heard(line: string): Coroutine<void> {
    yield* fromPromise(this.hears(line));
  }
}
