/**
 * Reading from a stream: each operation looks at what there is, and waits for more until it has what it
 * wants.
 *
 * They are leaf coroutines: begun when they are awaited, so that `createTask(reader.read(100))` works, and
 * without a generator's frame for each message.
 *
 * | state   | waiter  | next()                                                                        |
 * |---------|---------|-------------------------------------------------------------------------------|
 * | created | null    | succeeds with what there is; otherwise throws what broke the stream, or waits |
 * | waiting | pending | stays                                                                         |
 * | woken   | done    | as created                                                                    |
 *
 * What broke the stream comes after the bytes that came before it. An operation that ends without a result,
 * cancelled or failed, leaves in the reader what it had taken, for the next one.
 */

import { IncompleteReadError, LimitOverrunError } from '../base/errors.ts';
import { LeafCoroutine, type Suspension } from '../coroutines/coroutine.ts';
import type { Future } from '../futures/future.ts';
import type { ReadSource } from './read-source.ts';

const EMPTY = Buffer.alloc(0);

/** One operation. `attempt` returns its result, or `null` when more bytes are needed. */
abstract class Read extends LeafCoroutine<Buffer> {
  protected readonly source: ReadSource;
  protected abstract readonly call: string;
  private waiter: Future<void> | null = null;

  constructor(source: ReadSource) {
    super();
    this.source = source;
  }

  protected abstract attempt(): Buffer | null;

  protected wait(): Future<void> {
    return this.source.waitForData(this.call);
  }

  next(sent?: unknown): IteratorResult<Suspension, Buffer> {
    const { waiter } = this;
    if (waiter !== null) {
      const step = this.resume(waiter, sent);
      if (step.done !== true) return step;
      this.waiter = null;
    }
    // Of a broken stream only what came before is left: an empty result would look like its end.
    if (this.source.buffer.length === 0) this.requireSound();
    const result = this.attempt();
    if (result !== null) return { done: true, value: result };
    this.requireSound();
    this.waiter = this.startWaiting();
    return this.waiter.next() as IteratorResult<Suspension, Buffer>;
  }

  private startWaiting(): Future<void> {
    try {
      return this.wait();
    } catch (error) {
      // Another one waits. What this has taken is that one's.
      this.giveUp();
      throw error;
    }
  }

  private resume(waiter: Future<void>, sent: unknown): IteratorResult<Suspension, void> {
    try {
      return waiter.next(sent);
    } catch (error) {
      this.giveUp();
      throw error;
    }
  }

  override describe(): string {
    return `${this.call}()`;
  }

  /** Ends without a result: what was taken goes back. */
  protected giveUp(): void {}

  override throw(error: unknown): IteratorResult<Suspension, Buffer> {
    const { waiter } = this;
    this.giveUp();
    if (waiter === null) throw error;
    this.source.stopWaiting(waiter);
    return waiter.throw(error) as never;
  }

  override return(value: Buffer): IteratorResult<Suspension, Buffer> {
    const { waiter } = this;
    this.giveUp();
    if (waiter !== null) {
      this.source.stopWaiting(waiter);
      waiter.return();
    }
    return { done: true, value };
  }

  protected take(byteCount: number): Buffer {
    const { source } = this;
    const data = source.buffer.take(byteCount);
    source.bytesTaken();
    return data;
  }

  private requireSound(): void {
    const error = this.source.error;
    if (error === null) return;
    this.giveUp();
    throw error;
  }
}

/** What there is, up to a number of bytes; nothing at the end of the stream. */
export class ReadSome extends Read {
  protected override readonly call: string = 'read';
  protected readonly byteCount: number;

  constructor(source: ReadSource, byteCount: number) {
    super(source);
    this.byteCount = byteCount;
  }

  protected override attempt(): Buffer | null {
    const { source, byteCount } = this;
    if (byteCount === 0) return EMPTY;
    if (source.buffer.length > 0) return this.take(byteCount);
    return source.eof ? EMPTY : null;
  }
}

/** All bytes to the end of the stream. */
export class ReadAll extends Read {
  protected override readonly call = 'read';
  private readonly blocks: Buffer[] = [];

  protected override attempt(): Buffer | null {
    const { source, blocks } = this;
    // Taken block by block: copied into one piece only once, at the end.
    if (source.buffer.length > 0) blocks.push(this.take(source.buffer.length));
    if (!source.eof) return null;
    const all = blocks.splice(0);
    return all.length === 1 ? (all[0] as Buffer) : Buffer.concat(all);
  }

  protected override giveUp(): void {
    if (this.blocks.length > 0) this.source.buffer.putBack(this.blocks.splice(0));
  }
}

/** A given number of bytes, no fewer. */
export class ReadExactly extends Read {
  protected override readonly call = 'readExactly';
  private readonly byteCount: number;

  constructor(source: ReadSource, byteCount: number) {
    super(source);
    this.byteCount = byteCount;
  }

  protected override attempt(): Buffer | null {
    const { source, byteCount } = this;
    if (byteCount === 0) return EMPTY;
    if (source.buffer.length >= byteCount) return this.take(byteCount);
    if (!source.eof) return null;
    throw new IncompleteReadError(this.take(byteCount), byteCount);
  }
}

/** All bytes up to and including a separator. */
export class ReadUntil extends Read {
  protected override readonly call: string = 'readUntil';
  /** Shortest first. */
  private readonly separators: readonly Uint8Array[];
  /** Before this place there is no separator: it need not be searched again. */
  private offset = 0;

  constructor(source: ReadSource, separators: readonly Uint8Array[]) {
    super(source);
    this.separators = separators;
  }

  protected override attempt(): Buffer | null {
    const { source, separators } = this;
    const found = separators.length === 1 ? this.takeFirst(separators[0] as Uint8Array) : null;
    if (found !== null) return found;
    const match = this.search();
    if (match !== null) {
      if (match.start > source.limit) {
        throw this.overrun('Separator is found, but chunk is longer than limit', match.start, match.end);
      }
      return this.take(match.end);
    }
    if (this.offset > source.limit) {
      throw this.overrun('Separator is not found, and chunk exceed the limit', this.offset, null);
    }
    if (!source.eof) return null;
    return this.ended(this.take(source.buffer.length));
  }

  /**
   * The usual case: there is one separator, and what it ends is there. `null` for all others; what was
   * searched is not searched again.
   */
  private takeFirst(separator: Uint8Array): Buffer | null {
    const { buffer, limit } = this.source;
    const start = buffer.indexOf(separator, this.offset);
    if (start >= 0) return start > limit ? null : this.take(start + separator.length);
    this.passOver(separator);
    return null;
  }

  /** There is no separator yet. The last bytes may be the beginning of one as long as this. */
  private passOver(longest: Uint8Array): void {
    this.offset = Math.max(0, this.source.buffer.length + 1 - longest.length);
  }

  /** The stream ended without a separator. */
  protected ended(partial: Buffer): Buffer {
    throw new IncompleteReadError(partial, null);
  }

  /** @param end where a separator that was found ends; `null` if none was */
  protected overrun(message: string, consumed: number, _end: number | null): LimitOverrunError {
    return new LimitOverrunError(message, consumed);
  }

  /** The separator that ends first. */
  private search(): { start: number; end: number } | null {
    const { buffer } = this.source;
    const { separators, offset } = this;
    const shortest = separators[0] as Uint8Array;
    const longest = separators[separators.length - 1] as Uint8Array;
    if (buffer.length - offset < shortest.length) return null;
    let match: { start: number; end: number } | null = null;
    for (const separator of separators) {
      const start = buffer.indexOf(separator, offset);
      const end = start + separator.length;
      if (start >= 0 && (match === null || end < match.end)) match = { start, end };
    }
    if (match === null) this.passOver(longest);
    return match;
  }
}

/** The usual separator. */
export const NEWLINE: readonly Uint8Array[] = [Buffer.from('\n')];

/** A line with its newline; at the end of the stream what is left. A line that is too long is dropped. */
export class ReadLine extends ReadUntil {
  protected override readonly call = 'readLine';

  constructor(source: ReadSource) {
    super(source, NEWLINE);
  }

  protected override ended(partial: Buffer): Buffer {
    return partial;
  }

  protected override overrun(message: string, consumed: number, end: number | null): LimitOverrunError {
    this.take(end ?? this.source.buffer.length);
    return super.overrun(message, consumed, end);
  }
}
