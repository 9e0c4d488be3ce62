/** 20 bits: 1,048,576 live entries, the default `fs.nr_open` of Linux, so descriptors run out first. */
const SLOT_BITS = 20;
const SLOT_COUNT = 2 ** SLOT_BITS;
const SLOT_MASK = SLOT_COUNT - 1;
/** The other 11 of the 31 bits that a token has: how often the slot was given away before, modulo 2,048. */
const GENERATION_STEP = SLOT_COUNT;
const TOKEN_MASK = 2 ** 31 - 1;
/**
 * A slot rests until this many others rest too. With 2,048 generations a token comes back after 524,288
 * claims at the earliest; without the rest a program that opens one connection at a time would see it after
 * 2,048.
 */
const RESTING_SLOTS = 256;

/**
 * Values by token. A token is `slot + generation` in 31 bits; releasing a value retires its token at once, so
 * what the kernel still reports under it finds nothing, rather than the next registration.
 *
 *     slot      fresh ── claim ──▶ live ── release ──▶ resting ── claim (oldest first) ──▶ live, next generation
 *     value     none               the value           null
 *     tokens[]  -                  live token          the token of the next claim
 */
export class SlotTable<T extends object> {
  readonly #values: (T | null)[] = [];
  readonly #tokens: number[] = [];
  // The resting slots as a linked list, oldest first: no array to shift or compact.
  readonly #nextResting: number[] = [];
  #oldest = -1;
  #newest = -1;
  #restingCount = 0;

  /**
   * The token that the next {@link put} must use.
   *
   * @throws RangeError when all 1,048,576 slots are live
   */
  claim(): number {
    const full = this.#values.length === SLOT_COUNT;
    if (this.#restingCount > RESTING_SLOTS || (full && this.#restingCount > 0)) return this.#wakeOldest();
    if (full) throw new RangeError(`a selector holds at most ${SLOT_COUNT} registrations`);
    const slot = this.#values.length;
    this.#values.push(null);
    this.#tokens.push(slot);
    this.#nextResting.push(-1);
    return slot;
  }

  /** Puts `value` where `token` leads; also replaces the value there. */
  put(token: number, value: T): void {
    this.#values[token & SLOT_MASK] = value;
  }

  /** The value whose token this is, or null when that value was released. */
  at(token: number): T | null {
    const slot = token & SLOT_MASK;
    return this.#tokens[slot] === token ? (this.#values[slot] as T | null) : null;
  }

  /** Retires a live token. */
  release(token: number): void {
    const slot = token & SLOT_MASK;
    this.#values[slot] = null;
    this.#tokens[slot] = (token + GENERATION_STEP) & TOKEN_MASK;
    this.#nextResting[slot] = -1;
    if (this.#newest === -1) this.#oldest = slot;
    else this.#nextResting[this.#newest] = slot;
    this.#newest = slot;
    this.#restingCount += 1;
  }

  #wakeOldest(): number {
    const slot = this.#oldest;
    this.#oldest = this.#nextResting[slot] as number;
    if (this.#oldest === -1) this.#newest = -1;
    this.#restingCount -= 1;
    return this.#tokens[slot] as number;
  }
}
