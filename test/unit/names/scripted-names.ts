/** A loop on virtual time whose kernel has a resolver that answers what a test wrote down, when it says. */

import { encodeAddress } from '../../../src/addresses/address.ts';
import { EventLoop } from '../../../src/index.ts';
import { defaultKernel } from '../../../src/kernel/default-kernel.ts';
import { EAGAIN, ENOBUFS } from '../../../src/kernel/errno.ts';
import { type NameCalls, type NameLookups, READABLE } from '../../../src/kernel/kernel.ts';
import { FakeKernel } from '../../support/fake-kernel.ts';
import { onTeardown } from '../../support/teardown.ts';

export const { constants } = defaultKernel();

/** What the resolver says of a host: addresses, or why not. */
export interface ScriptedAnswer {
  readonly afterMs?: number;
  readonly addresses?: readonly string[];
  readonly canonname?: string;
  readonly eai?: number;
  readonly errno?: number;
}

/** An answer in the layout of `lookup-answer.ts`. */
export function encodeAnswer(id: number, answer: ScriptedAnswer, port = 0): Buffer {
  const canonname = Buffer.from(answer.canonname ?? '');
  const header = Int32Array.of(0, id, answer.eai ?? 0, answer.errno ?? 0, canonname.length, 0);
  const entries = (answer.addresses ?? []).flatMap((address) => {
    const record = Buffer.alloc(264);
    const family = (address.includes(':') ? constants.AF_INET6 : constants.AF_INET) as number;
    const byteCount = encodeAddress(constants, 'test', family, [address, port], record);
    const kind = Int32Array.of(constants.SOCK_STREAM as number, constants.IPPROTO_TCP as number);
    return [Buffer.from(kind.buffer), record.subarray(0, byteCount)];
  });
  const bytes = Buffer.concat([Buffer.from(header.buffer), canonname, ...entries]);
  bytes.set(new Uint8Array(Uint32Array.of(bytes.length).buffer));
  return bytes;
}

export class NamesKernel extends FakeKernel {
  override readonly constants = constants;
  /** What is said of each host; of others, that there are none. */
  readonly hosts = new Map<string, ScriptedAnswer>();
  /** Every call so far. */
  readonly log: string[] = [];
  /** What the next lookups answer instead of starting. */
  readonly refusals: number[] = [];
  openCount = 0;

  override get names(): NameCalls {
    return { openLookups: () => this.#open() };
  }

  #open(): NameLookups {
    const fd = this.open();
    const answers: Buffer[] = [];
    const wanted = new Set<number>();
    let nextId = 0;
    this.openCount++;
    const start = (text: string, answer: ScriptedAnswer, port: number): number => {
      this.log.push(text);
      const refusal = this.refusals.shift();
      if (refusal !== undefined) return refusal;
      const id = nextId++;
      wanted.add(id);
      this.after(answer.afterMs ?? 0, () => {
        if (!wanted.delete(id)) return;
        answers.push(encodeAnswer(id, answer, port));
        this.setReady(fd, READABLE);
      });
      return id;
    };
    const none: ScriptedAnswer = { eai: constants.EAI_NONAME as number };
    return {
      fd,
      getaddrinfo: (host, service, hints) => {
        const name = Buffer.from(host).toString();
        const port = Number(Buffer.from(service).toString()) || 0;
        return start(
          `${name} ${Buffer.from(service)} ${[...hints].join(',')}`,
          this.hosts.get(name) ?? none,
          port,
        );
      },
      getnameinfo: (_address, byteCount, flags) =>
        start(`names ${byteCount} ${flags}`, { canonname: 'named' }, 0),
      take: (out) => {
        const [answer] = answers;
        if (answer === undefined) return -EAGAIN;
        if (answer.length > out.length) {
          out.set(answer.subarray(0, 4));
          return -ENOBUFS;
        }
        out.set(answer);
        answers.shift();
        if (answers.length === 0) this.setReady(fd, 0);
        return answer.readInt32LE(4);
      },
      abandon: (id) => {
        this.log.push(`abandon ${id}`);
        wanted.delete(id);
      },
      close: () => {
        this.log.push('close');
        wanted.clear();
        this.close(fd);
        this.openCount--;
      },
    };
  }
}

/** A loop on such a kernel, closed after the test, which fails if lookups are left open then. */
export function namesLoop(hosts: Readonly<Record<string, ScriptedAnswer>> = {}): {
  readonly loop: EventLoop;
  readonly kernel: NamesKernel;
} {
  const kernel = new NamesKernel();
  for (const [host, answer] of Object.entries(hosts)) kernel.hosts.set(host, answer);
  const loop = new EventLoop({ kernel });
  onTeardown(() => {
    loop.close();
    if (kernel.openCount !== 0) throw new Error(`${kernel.openCount} lookups were left open`);
  });
  return { loop, kernel };
}
