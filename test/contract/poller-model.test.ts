/**
 * Do all pollers say the same? Random programs register, change, forget, write, read, shut down and close,
 * and after each step every poller is asked.
 */
import { array, constantFrom, integer, nat, property, tuple } from 'fast-check';
import { it } from 'vitest';
import { type Poller, type PollerKind, READABLE, WRITABLE } from '../../src/kernel/kernel.ts';
import { failOnFdLeaks, numbersAreOurs } from '../support/fd-leaks.ts';
import { holds } from '../support/property.ts';
import { clockMs, constant, kernel, OsObjects, pause } from './os-objects.ts';
import { describeEnd, End, type EndKind } from './poller-model.ts';
import { waitFor } from './registration-contract.ts';

failOnFdLeaks();

/** How long pollers may take to agree: TCP is a matter of acknowledgements, which may come 40 ms late. */
const SETTLE_MS = 500;
const ENDS_MAX = 8;
const STEPS_MAX = 80;

/** Differences that lie in the systems, each with its reason. Everything else is a bug. */
const INHERENT: readonly { kind: PollerKind; reason: string; applies(end: End, said: number): boolean }[] = [
  {
    kind: 'kqueue',
    reason:
      'kqueue(2): EV_EOF on the read side cannot tell a half-closed stream from a hang-up; the writer wakes too',
    applies: (end, said) => end.peer?.shutDown === true && (said & WRITABLE) !== 0,
  },
];

const steps = [
  'register',
  'unregister',
  'write',
  'fill',
  'drain',
  'shutdown',
  'close',
  'forget',
  'pair',
  'retoken',
] as const;
type Step = readonly [action: (typeof steps)[number], which: number, interest: number];

/** Token → ready, as one poller says. */
type Answers = ReadonlyMap<number, number>;

class Program {
  readonly #os = new OsObjects();
  readonly #pollers: readonly Poller[] = kernel.pollerKinds.map((kind) => kernel.openPoller(kind));
  readonly #ends: End[] = [];
  /** Closed, while the pollers were not told yet. */
  readonly #forgotten: End[] = [];
  #tokens = 0;

  run(program: readonly Step[]): void {
    try {
      for (const kind of [0, 1, 2]) this.#openPair(kind);
      for (const [action, which, interest] of program) {
        this.#take(action, which, interest);
        this.#compare(action);
      }
    } finally {
      for (const poller of this.#pollers) poller.close();
      this.#os.closeAll();
    }
  }

  #take(action: Step[0], which: number, interest: number): void {
    if (action === 'pair') {
      this.#openPair(which);
      return;
    }
    const end = this.#ends[which % Math.max(1, this.#ends.length)];
    if (end === undefined) return;
    if (action === 'register') this.#setInterest(end, interest);
    else if (action === 'unregister') this.#setInterest(end, 0);
    else if (action === 'retoken') this.#setAll(end, end.interest);
    else if (action === 'write') this.#write(end);
    else if (action === 'fill') this.#fill(end);
    else if (action === 'drain') this.#drain(end);
    else if (action === 'shutdown') this.#shutdown(end);
    else this.#close(end, action === 'forget' && numbersAreOurs);
  }

  #openPair(which: number): void {
    if (this.#ends.length >= ENDS_MAX) return;
    const [kinds, fds] = this.#newPair(which % 3);
    const [a, b] = kinds.map((kind, i) => new End(kind, fds[i] as number, this.#tokens + i)) as [End, End];
    this.#tokens += 2;
    a.peer = b;
    b.peer = a;
    for (const end of [a, b]) this.#takeNumber(end);
    this.#ends.push(a, b);
  }

  #newPair(which: number): [EndKind[], number[]] {
    if (which === 0) return [['pipe-reader', 'pipe-writer'], this.#os.pipe()];
    if (which === 1) return [['unix', 'unix'], this.#os.socketpair()];
    return [['tcp', 'tcp'], this.#os.tcpPair()];
  }

  /**
   * A forgotten registration must be ended before its number is registered again, as the registry above sees
   * to.
   */
  #takeNumber(end: End): void {
    for (const old of this.#forgotten.filter(({ fd }) => fd === end.fd)) {
      this.#forgotten.splice(this.#forgotten.indexOf(old), 1);
      this.#setAll(old, 0);
    }
  }

  #setInterest(end: End, interest: number): void {
    // A pipe has one direction; systems differ in how they refuse the other.
    const possible = { 'pipe-reader': READABLE, 'pipe-writer': WRITABLE, unix: 3, tcp: 3 }[end.kind];
    this.#setAll(end, interest & possible);
  }

  #setAll(end: End, after: number): void {
    for (const poller of this.#pollers) {
      const result = poller.set(end.fd, end.interest, after, end.token);
      if (result !== 0)
        throw new Error(`${poller.kind}: set(${describeEnd(end)} -> ${after}) returned ${result}`);
    }
    end.interest = after;
  }

  #write(end: End): void {
    if (!end.canWrite) return;
    if (this.#os.write(end.fd) === 1) end.unread += 1;
  }

  #fill(end: End): void {
    if (!end.canWrite) return;
    this.#os.fill(end.fd);
    end.full = true;
  }

  #drain(end: End): void {
    if (end.kind === 'pipe-writer') return;
    this.#os.drain(end.fd);
    if (end.peer !== null) Object.assign(end.peer, { unread: 0, full: false });
  }

  #shutdown(end: End): void {
    if (end.kind.startsWith('pipe') || end.shutDown) return;
    // ENOTCONN when the peer has reset the connection.
    if (kernel.sockets.shutdown(end.fd, constant('SHUT_WR')) === 0) end.shutDown = true;
  }

  #close(end: End, forget: boolean): void {
    if (forget && end.interest !== 0) this.#forgotten.push(end);
    else this.#setAll(end, 0);
    this.#os.close(end.fd);
    end.open = false;
    this.#ends.splice(this.#ends.indexOf(end), 1);
  }

  #compare(action: string): void {
    const deadline = clockMs() + SETTLE_MS;
    for (;;) {
      const said = this.#pollers.map((poller) => new Map(waitFor(poller, 0)));
      this.#refuseStrangers(said);
      const wrong = this.#ends.filter((end) => this.#isWrong(end, said));
      if (wrong.length === 0) return;
      const late = clockMs() > deadline;
      const first = wrong.find((end) => late || end.kind !== 'tcp');
      if (first !== undefined) throw new Error(`after ${action}: ${this.#complaint(first, said)}`);
      pause(1);
    }
  }

  #refuseStrangers(said: readonly Answers[]): void {
    const known = new Set(this.#ends.filter(({ interest }) => interest !== 0).map(({ token }) => token));
    for (const [i, answers] of said.entries()) {
      for (const token of answers.keys()) {
        if (!known.has(token))
          throw new Error(`${this.#pollers[i]?.kind} reports token ${token}, which nobody has`);
      }
    }
  }

  #isWrong(end: End, said: readonly Answers[]): boolean {
    const answers = said.map((each) => each.get(end.token) ?? 0);
    const comparable = answers.filter((answer, i) => !this.#isInherent(i, end, answer));
    const agreed = end.expected() ?? comparable[0];
    return comparable.some((answer) => answer !== agreed);
  }

  #complaint(end: End, said: readonly Answers[]): string {
    const all = this.#pollers.map((poller, i) => `${poller.kind} ${said[i]?.get(end.token) ?? 0}`);
    return `${describeEnd(end)}: ${all.join(', ')}, model ${end.expected() ?? 'not certain'}`;
  }

  #isInherent(poller: number, end: End, answer: number): boolean {
    const kind = this.#pollers[poller]?.kind;
    return INHERENT.some((difference) => difference.kind === kind && difference.applies(end, answer));
  }
}

const step = tuple(
  constantFrom(...steps, 'register', 'pair'),
  nat(ENDS_MAX * 3 - 1),
  integer({ min: 1, max: 3 }),
);
const program = array(step, { minLength: 10, maxLength: STEPS_MAX, size: 'max' });

it('every poller says the same, and what the model says, after every step of random programs', () => {
  holds(
    property(program, (list) => new Program().run(list)),
    { runs: 4000, limitMs: 10_000 },
  );
});
