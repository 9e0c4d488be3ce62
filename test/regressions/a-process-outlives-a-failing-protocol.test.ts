/**
 * An error in `pipeDataReceived` closed the pipe, so the process died of SIGPIPE. asyncio reports it, and
 * goes on; as ours did for all other methods of such a protocol. And any value could be set as the protocol.
 */
import { expect, test } from 'vitest';
import { Event, getRunningLoop, PIPE, SubprocessProtocol, sleep } from '../../src/index.ts';
import { realLoop } from '../integration/loop/real-loop.ts';

class FailsAtFirst extends SubprocessProtocol {
  readonly log: string[] = [];
  readonly over = new Event();

  override pipeDataReceived(_fd: number, data: Buffer): void {
    this.log.push(data.toString());
    if (this.log.length === 1) throw new Error('at first');
  }
  override pipeConnectionLost(fd: number, error: Error | null): void {
    this.log.push(`lost ${fd} ${error}`);
  }
  override connectionLost(): void {
    this.over.set();
  }
}

test('what it writes later comes, and its exit code', () => {
  const { loop, takeReports } = realLoop();
  loop.run(function* () {
    const [transport, protocol] = yield* getRunningLoop().subprocessExec(
      () => new FailsAtFirst(),
      'sh',
      ['-c', 'echo one; read word; echo two; exit 3'],
      { stdin: PIPE, stdout: PIPE },
    );
    for (const wrong of [undefined, null, 5, Promise.resolve(protocol)])
      expect(() => transport.setProtocol(wrong as never)).toThrow(TypeError);
    expect(transport.getProtocol()).toBe(protocol);
    while (protocol.log.length === 0) yield* sleep(1);
    transport.getPipeTransport(0)?.write(Buffer.from('go on\n'));
    yield* protocol.over.wait();
    expect(protocol.log).toEqual(expect.arrayContaining(['one\n', 'two\n', 'lost 1 null']));
    expect(transport.getReturncode()).toBe(3);
  });
  expect(takeReports().map(({ message }) => message)).toEqual(['protocol.pipeDataReceived() failed']);
});
