/** A connection to a loop that answers. */

import { connect, type Socket } from 'node:net';
import type { InspectionAnswer, InspectionRequest } from '../inspection/inspection-protocol.ts';
import { CommandError } from './command-error.ts';

interface Waiting {
  readonly resolve: (answer: InspectionAnswer | null) => void;
}

export class InspectionClient {
  private readonly socket: Socket;
  private readonly waiting: Waiting[] = [];
  private received: string[] = [];
  private isOver = false;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.setEncoding('utf8');
    socket.on('data', (text: string) => this.receive(text));
    socket.on('error', () => {});
    socket.on('close', () => this.end());
  }

  /** @throws the error of the system: ECONNREFUSED, ENOENT, EACCES */
  static open(path: string): Promise<InspectionClient> {
    return new Promise((resolve, reject) => {
      const socket = connect(path);
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.off('error', reject);
        resolve(new InspectionClient(socket));
      });
    });
  }

  /**
   * Asks, and waits for the answer: for as long as it takes, or `timeoutMs`.
   * @returns `null` when none has come in time; one that comes later is dropped
   * @throws CommandError for an answer that is an error, and when the program ends
   */
  async ask(
    request: InspectionRequest,
    timeoutMs: number | null = null,
  ): Promise<{ readonly value: unknown } | null> {
    if (this.isOver) throw new CommandError('selectloop: the program has ended');
    this.socket.write(`${JSON.stringify(request)}\n`);
    const answer = await this.next(timeoutMs);
    if (answer === null) return null;
    if ('error' in answer) throw new CommandError(`selectloop: ${answer.error}`);
    return answer;
  }

  close(): void {
    this.socket.destroy();
  }

  /** The next answer, which may be to an earlier question that nobody waited for any more. */
  private next(timeoutMs: number | null): Promise<InspectionAnswer | null> {
    return new Promise((resolve) => {
      let timer: NodeJS.Timeout | null = null;
      const entry: Waiting = {
        resolve: (answer) => {
          if (timer !== null) clearTimeout(timer);
          resolve(answer);
        },
      };
      this.waiting.push(entry);
      // Its place stays: the answer belongs to it.
      if (timeoutMs !== null) timer = setTimeout(() => resolve(null), timeoutMs);
    });
  }

  private receive(text: string): void {
    const [first = '', ...lines] = text.split('\n');
    this.received.push(first);
    for (const line of lines) {
      const whole = this.received.join('');
      this.received = [line];
      this.waiting.shift()?.resolve(JSON.parse(whole) as InspectionAnswer);
    }
  }

  private end(): void {
    this.isOver = true;
    for (const { resolve } of this.waiting.splice(0)) resolve({ error: 'the program has ended' });
  }
}
