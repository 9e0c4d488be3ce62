/**
 * The events of a trace, as columns of numbers: a message of an echo server makes half a dozen of them, which
 * must cost little while they are made. They become text when the trace is written.
 */

/** What an event is. The letters are those of the trace event format. */
const SLICE = 0;
const INSTANT = 1;
const WAKE = 2;
const FLOW_START = 3;
const FLOW_END = 4;

const PHASES = ['X', 'i', 'i', 's', 'f'] as const;
/** kind, track, time, duration, name, and two numbers that depend on the kind. */
const WIDTH = 7;
const FIRST_CAPACITY = 1024;

/** One event of a Chrome trace: what Perfetto and chrome://tracing read. */
export interface TraceEvent {
  readonly name: string;
  /** `X` a slice, `i` an instant, `s` and `f` the ends of an arrow, `M` the name of a track. */
  readonly ph: 'X' | 'i' | 's' | 'f' | 'M';
  readonly pid: number;
  readonly tid: number;
  /** Microseconds since the trace began. */
  readonly ts: number;
  /** Microseconds, of a slice. */
  readonly dur?: number;
  readonly cat?: string;
  /** Names the two ends of an arrow. */
  readonly id?: number;
  /** Of the end of an arrow: it leads to the slice that encloses it. */
  readonly bp?: 'e';
  /** Of an instant: it belongs to its track. */
  readonly s?: 't';
  readonly args?: Readonly<Record<string, unknown>>;
}

export class TraceLog {
  private columns = new Float64Array(FIRST_CAPACITY * WIDTH);
  private count = 0;
  private readonly names: string[] = [];
  private readonly indexes = new Map<string, number>();
  private readonly limit: number;
  /** How many events were not kept: the limit was reached. */
  droppedCount = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  get length(): number {
    return this.count;
  }

  /** A stretch of time on a track. */
  slice(track: number, fromUs: number, toUs: number, name: string): void {
    this.add(SLICE, track, fromUs, toUs - fromUs, name, 0, 0);
  }

  /** A moment on a track: a system call. */
  instant(track: number, atUs: number, name: string, fd: number, result: number): void {
    this.add(INSTANT, track, atUs, 0, name, fd, result);
  }

  /**
   * An arrow from one track to another. Perfetto draws it from the slice that was begun last, even one that
   * is over; an instant is one to it. So the arrow brings its own.
   */
  arrow(id: number, name: string, from: readonly [track: number, atUs: number], to: typeof from): void {
    // All of it or nothing.
    if (this.count + 3 > this.limit) {
      this.droppedCount += 3;
      return;
    }
    this.add(WAKE, from[0], from[1], 0, name, 0, 0);
    this.add(FLOW_START, from[0], from[1], 0, name, id, 0);
    this.add(FLOW_END, to[0], to[1], 0, name, id, 0);
  }

  /**
   * The events in the order of their time. Of those that begin together the slices come first, the longest
   * before others: an arrow that ends where a step begins leads to that step.
   */
  events(pid: number): TraceEvent[] {
    const { columns } = this;
    const order = Uint32Array.from({ length: this.count }, (_, i) => i * WIDTH);
    const at = (position: number): number => columns[position] as number;
    const isMoment = (position: number): number => (at(position) === SLICE ? 0 : 1);
    order.sort(
      (a, b) => at(a + 2) - at(b + 2) || isMoment(a) - isMoment(b) || at(b + 3) - at(a + 3) || a - b,
    );
    return Array.from(order, (position) => this.event(pid, position));
  }

  private event(pid: number, position: number): TraceEvent {
    const [kind = 0, tid = 0, ts = 0, dur = 0, name = 0, a = 0, b = 0] = this.columns.subarray(
      position,
      position + WIDTH,
    );
    const base = { name: this.names[name] as string, ph: PHASES[kind] ?? 'X', pid, tid, ts };
    if (kind === SLICE) return { ...base, dur, cat: 'loop' };
    if (kind === INSTANT) return { ...base, s: 't', cat: 'io', args: { fd: a, result: b } };
    if (kind === WAKE) return { ...base, s: 't', cat: 'wake' };
    return kind === FLOW_START ? { ...base, cat: 'wake', id: a } : { ...base, cat: 'wake', id: a, bp: 'e' };
  }

  private add(
    kind: number,
    track: number,
    atUs: number,
    durationUs: number,
    name: string,
    a: number,
    b: number,
  ): void {
    if (this.count >= this.limit) {
      this.droppedCount++;
      return;
    }
    if ((this.count + 1) * WIDTH > this.columns.length) this.grow();
    const { columns } = this;
    const position = this.count++ * WIDTH;
    columns[position] = kind;
    columns[position + 1] = track;
    columns[position + 2] = atUs;
    columns[position + 3] = durationUs;
    columns[position + 4] = this.indexOf(name);
    columns[position + 5] = a;
    columns[position + 6] = b;
  }

  private grow(): void {
    const larger = new Float64Array(this.columns.length * 2);
    larger.set(this.columns);
    this.columns = larger;
  }

  private indexOf(name: string): number {
    let index = this.indexes.get(name);
    if (index === undefined) {
      index = this.names.push(name) - 1;
      this.indexes.set(name, index);
    }
    return index;
  }
}
