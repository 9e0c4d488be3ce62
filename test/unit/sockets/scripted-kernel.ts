/**
 * A kernel whose socket calls answer what a test wrote down, whose waits say when they are ready, and whose
 * clock moves by waiting alone. Good for what the real one does too rarely to test: EINTR, spurious
 * readiness, full backlogs.
 */

import { ADDRESS_RECORD_BYTES, encodeAddress } from '../../../src/addresses/address.ts';
import type { FdCalls, Kernel, Poller, SocketCalls } from '../../../src/kernel/kernel.ts';

/** One wait: how long it lasts at most and what it answers. `takesMs` past the time-out asked for is cut. */
export interface ScriptedWait {
  readonly takesMs: number;
  readonly ready: number;
}

type Call = (...args: never[]) => number;

export class ScriptedKernel implements Kernel {
  readonly name = 'scripted';
  readonly waitsOccupyThread = true;
  readonly isNodesOwn = false;
  readonly pollerKinds = ['poll'] as const;
  readonly constants = {
    AF_UNIX: 1,
    AF_INET: 2,
    SOCK_STREAM: 1,
    SOL_SOCKET: 1,
    SO_TYPE: 3,
    SO_ERROR: 4,
    UNIX_PATH_MAX: 108,
  };
  /** Every call so far: its name and first arguments, and each wait with its time-out. */
  readonly log: string[] = [];
  /** Answers of calls by name, taken from the front; 0 when there are none left. */
  readonly answers: Record<string, number[]> = {};
  /** What waits do, taken from the front; when there are none left, they last their time. */
  readonly waits: ScriptedWait[] = [];
  readonly sockets: SocketCalls;
  readonly fds: FdCalls;
  soError = 0;
  #nowMs = 5000;

  constructor() {
    const answer =
      (name: string): Call =>
      (...args: unknown[]) => {
        this.log.push(`${name} ${args.filter((arg) => typeof arg === 'number').join(' ')}`.trim());
        return this.answers[name]?.shift() ?? 0;
      };
    const named = <T extends object>(special: Partial<T>): T =>
      new Proxy(special, { get: (own, name) => Reflect.get(own, name) ?? answer(String(name)) }) as T;
    this.sockets = named<SocketCalls>({
      socket: () => this.answers.socket?.shift() ?? 7,
      accept: (fd, out) => {
        this.#writeAddress(out);
        return answer('accept')(fd as never);
      },
      getsockname: (_fd, out) => this.#writeAddress(out),
      getsockoptInt: (_fd, _level, option, out) => {
        out[0] = option === this.constants.SO_TYPE ? 1 : this.soError;
        return 0;
      },
    });
    this.fds = named<FdCalls>({ waitReady: (_fd, interest, timeoutMs) => this.#wait(interest, timeoutMs) });
  }

  nowMs(): number {
    return this.#nowMs;
  }

  openPoller(): Poller {
    this.log.push('openPoller');
    return {
      kind: 'poll',
      set: () => 0,
      wait: (_events, timeoutMs) => {
        this.log.push(`pause ${timeoutMs}`);
        this.#nowMs += timeoutMs;
        return 0;
      },
      pollableFd: () => -1,
      close: () => this.log.push('closePoller'),
    };
  }

  openWakeup(): never {
    throw new Error('scripted kernel: no wakeups');
  }

  wake(): never {
    throw new Error('scripted kernel: no wakeups');
  }

  get signals(): never {
    throw new Error('scripted kernel: no signals');
  }

  get groups(): never {
    throw new Error('scripted kernel: one thread');
  }

  get processes(): never {
    throw new Error('scripted kernel: no processes');
  }

  get names(): never {
    throw new Error('scripted kernel: no names');
  }

  #wait(interest: number, timeoutMs: number): number {
    this.log.push(`wait ${interest} ${timeoutMs}`);
    const { takesMs, ready } = this.waits.shift() ?? { takesMs: timeoutMs, ready: 0 };
    this.#nowMs += Math.min(takesMs, timeoutMs);
    return takesMs <= timeoutMs ? ready : 0;
  }

  #writeAddress(out: Uint8Array): number {
    const record = new Uint8Array(ADDRESS_RECORD_BYTES);
    encodeAddress(this.constants, 'test', this.constants.AF_INET, ['10.0.0.9', 99], record);
    out.set(record);
    return 0;
  }
}
