/** loop.subprocessExec and loop.subprocessShell: what a protocol is told, and in which order. */

import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import {
  type BaseTransport,
  Event,
  type EventLoop,
  getRunningLoop,
  PIPE,
  SubprocessProtocol,
  type SubprocessTransport,
} from '../../../src/index.ts';
import { descriptorCount, runHere } from './process-loop.ts';

class Recorder extends SubprocessProtocol {
  readonly log: string[] = [];
  readonly over = new Event();
  readonly exit = new Event();
  transport: SubprocessTransport | null = null;

  override connectionMade(transport: BaseTransport): void {
    this.transport = transport as SubprocessTransport;
    this.log.push('made');
  }
  override pipeDataReceived(fd: number, data: Buffer): void {
    this.log.push(`data ${fd} ${data.toString().trim()}`);
  }
  override pipeConnectionLost(fd: number, error: Error | null): void {
    this.log.push(`pipe lost ${fd} ${error === null ? null : (error as { code?: string }).code}`);
  }
  override processExited(): void {
    this.log.push('exited');
    this.exit.set();
  }
  override connectionLost(error: Error | null): void {
    this.log.push(`lost ${error}`);
    this.over.set();
  }
}

test('a whole life', () => {
  runHere(function* () {
    const before = descriptorCount();
    const pipes = { stdin: PIPE, stdout: PIPE, stderr: PIPE } as const;
    const loop = getRunningLoop();
    const [transport, recorder] = yield* loop.subprocessExec(
      () => new Recorder(),
      'sh',
      ['-c', 'read word; echo "got $word"; exec >&-; echo err >&2; exit 5'],
      pipes,
    );
    expect(recorder.log).toEqual(['made']);
    expect(recorder.transport).toBe(transport);
    expect(transport.getPid()).toBeGreaterThan(0);
    expect(transport.getReturncode()).toBeNull();
    expect(transport.getPipeTransport(3)).toBeNull();
    expect(inspect(transport)).toMatch(/pid=\d+ running open=\[stdin stdout stderr\]: command sh -c/);
    transport.getPipeTransport(0)?.write(Buffer.from('word\n'));
    yield* recorder.over.wait();
    expect(recorder.log[0]).toBe('made');
    expect(recorder.log.at(-1)).toBe('lost null');
    expect(recorder.log).toContain('data 1 got word');
    expect(recorder.log).toContain('data 2 err');
    expect(recorder.log).toEqual(expect.arrayContaining(['pipe lost 1 null', 'pipe lost 2 null', 'exited']));
    expect(recorder.log.indexOf('data 1 got word')).toBeLessThan(recorder.log.indexOf('pipe lost 1 null'));
    expect(transport.getReturncode()).toBe(5);
    expect(transport.isClosing()).toBe(true);
    expect(inspect(transport)).toContain('exit code 5 open=[]');
    expect(descriptorCount()).toBe(before);
  });
});

test('processExited does not wait for a grandchild, connectionLost does', () => {
  runHere(function* () {
    const [, recorder] = yield* getRunningLoop().subprocessShell(() => new Recorder(), 'sleep 0.5 & exit 0', {
      stdout: PIPE,
    });
    yield* recorder.exit.wait();
    expect(recorder.log).toEqual(['made', 'exited']);
    yield* recorder.over.wait();
    expect(recorder.log).toEqual(['made', 'exited', 'pipe lost 1 null', 'lost null']);
  });
});

test('close() closes the pipes and kills', () => {
  runHere(function* () {
    const [transport, recorder] = yield* getRunningLoop().subprocessExec(
      () => new Recorder(),
      'sleep',
      ['60'],
      {
        stdin: PIPE,
        stdout: PIPE,
      },
    );
    transport.getPipeTransport(0)?.write(Buffer.alloc(1e6));
    transport.close();
    transport.close();
    yield* recorder.over.wait();
    expect(transport.getReturncode()).toBe(-9);
    expect(recorder.log.filter((line) => line.startsWith('pipe lost'))).toHaveLength(2);
  });
});

test('no pipes: made, exited, lost', () => {
  runHere(function* () {
    const [, recorder] = yield* getRunningLoop().subprocessExec(() => new Recorder(), 'true');
    yield* recorder.over.wait();
    expect(recorder.log).toEqual(['made', 'exited', 'lost null']);
  });
});

test('what a protocol throws is reported, and its process goes on to be reaped', () => {
  const reports: { message: string }[] = [];
  class Failing extends Recorder {
    override connectionMade(): void {
      throw new Error('made');
    }
    override processExited(): void {
      throw new Error('exited');
    }
  }
  runHere(function* () {
    const [transport, failing] = yield* getRunningLoop().subprocessExec(() => new Failing(), 'true');
    yield* failing.over.wait();
    expect(transport.getReturncode()).toBe(0);
  }, reports);
  expect(reports.map(({ message }) => message)).toEqual([
    'protocol.connectionMade() failed',
    'protocol.processExited() failed',
  ]);
});

test('a pause of reading slows the child down', () => {
  runHere(function* () {
    class Counting extends Recorder {
      byteCount = 0;
      override pipeDataReceived(_fd: number, data: Buffer): void {
        this.byteCount += data.length;
        this.transport?.getPipeTransport(1)?.pauseReading();
      }
    }
    const loop: EventLoop = getRunningLoop();
    const [transport, counting] = yield* loop.subprocessExec(
      () => new Counting(),
      'head',
      ['-c', '1000000', '/dev/zero'],
      {
        stdout: PIPE,
      },
    );
    const reader = transport.getPipeTransport(1);
    const resume = (): void => {
      reader?.resumeReading();
      if (!counting.over.isSet()) loop.callLater(1, resume);
    };
    resume();
    yield* counting.over.wait();
    expect(counting.byteCount).toBe(1_000_000);
  });
});
