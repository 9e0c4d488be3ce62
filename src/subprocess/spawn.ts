/** Starting a child, and the transport for it. */

import { requireOptions } from '../base/arguments.ts';
import type { Coroutine } from '../coroutines/coroutine.ts';
import { describeValue, requireArray } from '../coroutines/misuse.ts';
import { Future } from '../futures/future.ts';
import type { LoopCore } from '../loop/loop-core.ts';
import { requireProtocol } from '../transports/base.ts';
import { type SubprocessOptions, spawnRequestOf } from './options.ts';
import { spawnChild } from './spawn-child.ts';
import type { ProcessText } from './spawn-request.ts';
import type { SubprocessProtocol } from './subprocess-protocol.ts';
import { SubprocessTransport } from './subprocess-transport.ts';

export type { SubprocessProtocol };

/** What follows the protocol's factory in `loop.subprocessExec`. */
export type ExecArguments = [
  program: ProcessText,
  args?: readonly ProcessText[],
  options?: SubprocessOptions,
];

/** What follows the protocol's factory in `loop.subprocessShell`. */
export type ShellArguments = [command: ProcessText, options?: SubprocessOptions];

/** A process that has been started: its transport and its protocol, after `connectionMade`. */
export type Started<P> = Coroutine<[transport: SubprocessTransport, protocol: P]>;

/** What a shell is started as: `sh -c command`. */
const SHELL = '/bin/sh';

/** The implementation of `loop.subprocessExec`. */
export function* subprocessExec<P extends SubprocessProtocol>(
  loop: LoopCore,
  protocolFactory: () => P,
  ...[program, args = [], options = {}]: ExecArguments
): Started<P> {
  loop.checkUsable('subprocessExec');
  requireOptions('subprocessExec', "subprocessExec(factory, 'ls', ['-l'], { stdout: PIPE })", options);
  requireArray('subprocessExec', 'the arguments', args);
  const protocol = requireProtocol('protocolFactory', protocolFactory());
  const child = spawnChild(loop, spawnRequestOf(loop, 'subprocessExec', program, args, options));
  const started = new Future<void>({ loop });
  const transport = new SubprocessTransport(loop, protocol, child, started);
  try {
    yield* started;
  } catch (error) {
    transport.close();
    throw error;
  }
  return [transport, protocol];
}

/** The implementation of `loop.subprocessShell`. */
export function* subprocessShell<P extends SubprocessProtocol>(
  loop: LoopCore,
  protocolFactory: () => P,
  ...[command, options = {}]: ShellArguments
): Started<P> {
  if (typeof command !== 'string' && !(command instanceof Uint8Array)) {
    throw new TypeError(`subprocessShell: the command must be a string, got ${describeValue(command)}`);
  }
  return yield* subprocessExec(loop, protocolFactory, SHELL, ['-c', command], options);
}
