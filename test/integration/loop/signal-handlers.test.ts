/** addSignalHandler: in processes of their own, since a signal is for a whole process. */
import { describe, expect, it } from 'vitest';
import { startProgram } from '../../support/run-program.ts';

async function linesOf(way: string, exit: number | NodeJS.Signals = 0): Promise<readonly string[]> {
  const program = startProgram('test/integration/loop/programs/signal-handlers.ts', { args: [way] });
  expect(await program.waitForExit(30_000)).toBe(exit);
  expect(program.stderr).toBe('');
  return program.lines;
}

describe('addSignalHandler', () => {
  it('calls in the loop, with arguments, also while it sleeps; the last handler for a signal counts', async () => {
    expect(await linesOf('several')).toEqual(['hung up, user', 'woken early: true']);
  });

  it('gives signals back to whoever had them, when a handler is removed and when the loop is closed', async () => {
    const lines = await linesOf('restored', 'SIGTERM');
    expect(lines.slice(0, 2)).toEqual(['removed: true, again: false', 'after close: false']);
    expect(lines.slice(2).sort()).toEqual(['listener of Node: SIGHUP', 'listener of Node: SIGUSR2']);
  });

  it('of SIGINT takes Ctrl-C from run(), which has it again afterwards', async () => {
    expect(await linesOf('sigint')).toEqual([
      'between runs it stays: 2',
      'taken off: true, after 3',
      'interrupted: true',
    ]);
  });

  it('refuses what is no signal, what cannot be caught, and what another loop has', async () => {
    const noSignal = "a signal is needed, its number or its name such as 'SIGTERM', got";
    expect(await linesOf('refused')).toEqual([
      `TypeError: addSignalHandler: ${noSignal} string boom`,
      `TypeError: addSignalHandler: ${noSignal} null`,
      `TypeError: addSignalHandler: ${noSignal} number 1.5`,
      'RangeError: addSignalHandler: invalid signal number 0',
      'RangeError: addSignalHandler: invalid signal number -1',
      'RangeError: addSignalHandler: invalid signal number 65',
      'RuntimeError: addSignalHandler: SIGKILL cannot be caught',
      'RuntimeError: addSignalHandler: 9 cannot be caught',
      'RuntimeError: addSignalHandler: SIGSEGV cannot be caught',
      `TypeError: removeSignalHandler: ${noSignal} string boom`,
      'RangeError: removeSignalHandler: invalid signal number 0',
      'RangeError: removeSignalHandler: invalid signal number 65',
      'false',
      'TypeError: addSignalHandler: coroutines cannot be used as callbacks; start function (anonymous) with createTask()',
      'BusyResourceError: addSignalHandler: SIGHUP is handled by another loop of this process',
      'undefined',
      'RuntimeError: addSignalHandler: the event loop is closed',
    ]);
  });

  it('is for the main thread', async () => {
    expect(await linesOf('inWorker')).toEqual([
      'RuntimeError: addSignalHandler: only the main thread may handle signals. Handle them there, and tell this worker.',
    ]);
  });
});
