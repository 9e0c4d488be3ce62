/**
 * From addresses to a connected socket: one after another, or several at once with a head start for the
 * better ones.
 */

import type { AddressInput } from '../addresses/address.ts';
import { OSError } from '../base/errors.ts';
import type { Awaitable, Coroutine } from '../coroutines/coroutine.ts';
import type { Future } from '../futures/future.ts';
import { EAFNOSUPPORT } from '../kernel/errno.ts';
import type { AddressInfo } from '../names/address-query.ts';
import type { ResolvingLoop } from '../resolvers/host-addresses.ts';
import { formatAddress } from '../sockets/describe-socket.ts';
import { Socket } from '../sockets/socket.ts';
import { spawn } from '../tasks/create-task.ts';
import type { Task } from '../tasks/task.ts';
import { FIRST_COMPLETED, wait } from '../tasks/wait.ts';

/**
 * A loop that connects by itself: as with {@link ResolvingLoop}, a subclass or a test may have replaced the
 * method.
 */
export interface ConnectingLoop extends ResolvingLoop {
  sockConnect(sock: Socket, address: AddressInput): Awaitable<void>;
}

/** What {@link connectToAny} tries. */
export interface ConnectPlan {
  /** The name of what the user has called, for messages. */
  readonly call: string;
  /** Addresses to try, best first. */
  readonly remote: readonly AddressInfo[];
  /** Addresses to connect from: the first one of the same family that can be bound. */
  readonly local: readonly AddressInfo[] | null;
  /**
   * Delay in milliseconds before the next attempt begins beside one that is under way. `null`: only after it
   * failed.
   */
  readonly delayMs: number | null;
  /** Throw every error, as an AggregateError, instead of one. */
  readonly allErrors: boolean;
}

/** A new socket, bound as the plan says and connected. On any error, cancellation included, it is closed. */
function* connectOne(
  loop: ConnectingLoop,
  info: AddressInfo,
  local: ConnectPlan['local'],
): Coroutine<Socket> {
  const [family, type, proto, , address] = info;
  const sock = new Socket(family, type, proto, { kernel: loop.kernel });
  try {
    sock.setblocking(false);
    if (local !== null) bindToAny(sock, local);
    yield* loop.sockConnect(sock, address);
    return sock;
  } catch (error) {
    sock.close();
    throw error;
  }
}

function bindToAny(sock: Socket, local: readonly AddressInfo[]): void {
  let failure: OSError | null = null;
  for (const [family, , , , address] of local) {
    if (family !== sock.family) continue;
    try {
      sock.bind(address);
      return;
    } catch (error) {
      if (!(error instanceof OSError)) throw error;
      failure = error;
    }
  }
  if (failure !== null) throw failure;
  throw new OSError(`bind: no local address of the family of ${sock}`, {
    code: 'EAFNOSUPPORT',
    errno: -EAFNOSUPPORT,
    syscall: 'bind',
  });
}

/**
 * Connects to one of several addresses; all other sockets are closed. With a delay this is RFC 8305, section
 * 5: the next attempt begins when the one before has failed, or has had `delayMs` to itself; the first
 * connection wins.
 *
 * @throws the one error, or an OSError that lists all; an AggregateError of all with `allErrors`
 */
export function* connectToAny(loop: ConnectingLoop, plan: ConnectPlan): Coroutine<Socket> {
  const errors: unknown[] = [];
  const sock =
    plan.delayMs === null ? yield* oneAfterAnother(loop, plan, errors) : yield* staggered(loop, plan, errors);
  if (sock !== null) return sock;
  throw plan.allErrors
    ? new AggregateError(errors, `${plan.call}: no address could be connected to`)
    : combined(errors);
}

function* oneAfterAnother(
  loop: ConnectingLoop,
  plan: ConnectPlan,
  errors: unknown[],
): Coroutine<Socket | null> {
  for (const info of plan.remote) {
    try {
      return yield* connectOne(loop, info, plan.local);
    } catch (error) {
      if (!(error instanceof OSError)) throw error;
      errors.push(error);
    }
  }
  return null;
}

function* staggered(loop: ConnectingLoop, plan: ConnectPlan, errors: unknown[]): Coroutine<Socket | null> {
  const running = new Set<Future<Socket>>();
  const waiting = [...plan.remote];
  let winner: Socket | null = null;
  try {
    while (winner === null && running.size + waiting.length > 0) {
      const next = waiting.shift();
      if (next !== undefined) running.add(startAttempt(loop, next, plan.local));
      const timeoutMs = waiting.length > 0 ? plan.delayMs : null;
      const { done } = yield* wait(running, { timeoutMs, returnWhen: FIRST_COMPLETED });
      for (const attempt of done) {
        running.delete(attempt);
        const sock = outcome(attempt, errors);
        if (winner === null) winner = sock;
        else sock?.close();
      }
    }
    return winner;
  } finally {
    for (const attempt of running) giveUp(attempt);
  }
}

function startAttempt(loop: ConnectingLoop, info: AddressInfo, local: ConnectPlan['local']): Task<Socket> {
  return spawn(loop, connectOne(loop, info, local), { name: `connect ${formatAddress(info[4])}` });
}

/** The socket of an attempt that is done; `null` if it failed, and its error is noted. */
function outcome(attempt: Future<Socket>, errors: unknown[]): Socket | null {
  try {
    return attempt.result();
  } catch (error) {
    errors.push(error);
    return null;
  }
}

/**
 * Ends an attempt that has lost. If it has just connected, nobody else closes its socket; and one that is
 * about to hear so keeps its result in spite of the cancel.
 */
function giveUp(attempt: Future<Socket>): void {
  const close = (): void => outcome(attempt, [])?.close();
  if (attempt.cancel()) attempt.addDoneCallback(close);
  else close();
}

/** One error for several: the first if all say the same, else one that lists them. */
function combined(errors: readonly unknown[]): unknown {
  const [first] = errors;
  if (!(first instanceof OSError)) return first;
  const messages = new Set(errors.map((error) => (error instanceof Error ? error.message : String(error))));
  if (messages.size === 1) return first;
  const fields = { code: first.code, errno: first.errno, syscall: first.syscall };
  return new OSError(`no address could be connected to: ${[...messages].join('; ')}`, fields, {
    cause: new AggregateError(errors),
  });
}
