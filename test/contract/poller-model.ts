/**
 * Random programs over pipes and sockets, run against every poller at once, with a model of what must be
 * ready.
 *
 * The pollers are each other's model everywhere; this one speaks only where the answer is certain, and says
 * nothing of TCP, whose two ends agree a little later than the call returns.
 */
import { READABLE, WRITABLE } from '../../src/kernel/kernel.ts';

const BOTH = READABLE | WRITABLE;

/**
 * Small writes after which a socket's room is no longer certain: each is charged with far more than its one
 * byte.
 */
const CERTAIN_WRITES = 8;

export type EndKind = 'pipe-reader' | 'pipe-writer' | 'unix' | 'tcp';

/** One descriptor of a program. */
export class End {
  readonly kind: EndKind;
  readonly fd: number;
  readonly token: number;
  peer: End | null = null;
  interest = 0;
  open = true;
  /** Writes that the peer has not read. */
  unread = 0;
  /** No room: the last write was refused, and the peer has not read since. */
  full = false;
  shutDown = false;

  constructor(kind: EndKind, fd: number, token: number) {
    this.kind = kind;
    this.fd = fd;
    this.token = token;
  }

  get canWrite(): boolean {
    const alive = this.open && this.peer?.open === true;
    return (
      alive && this.kind !== 'pipe-reader' && !this.shutDown && this.unread < CERTAIN_WRITES && !this.full
    );
  }

  /** What a poller must say of it, or null where this model is not certain. */
  expected(): number | null {
    if (this.kind === 'tcp' || this.peer === null) return null;
    return (this.kind === 'unix' ? this.#unix(this.peer) : this.#pipe(this.peer)) & this.interest;
  }

  /** pipe(7): a pipe without a writer is at its end, one without a reader is an error. */
  #pipe(peer: End): number {
    if (!peer.open) return BOTH;
    if (this.kind === 'pipe-reader') return peer.unread > 0 || peer.full ? READABLE : 0;
    return this.full ? 0 : WRITABLE;
  }

  #unix(peer: End): number {
    // Gone, or both directions shut down: a hang-up.
    if (!peer.open || (this.shutDown && peer.shutDown)) return BOTH;
    const readable = peer.unread > 0 || peer.full || peer.shutDown ? READABLE : 0;
    return readable | (this.full ? 0 : WRITABLE);
  }
}

/** For messages. */
export function describeEnd(end: End): string {
  const state = [
    end.open ? null : 'closed',
    end.full ? 'full' : null,
    end.shutDown ? 'shut down' : null,
    end.peer?.open === true ? null : 'peer closed',
    end.peer?.shutDown === true ? 'peer shut down' : null,
  ];
  const words = state.filter((word) => word !== null);
  return `${end.kind} fd ${end.fd}, interest ${end.interest}${words.map((word) => `, ${word}`).join('')}`;
}
