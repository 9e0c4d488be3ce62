/**
 * Context variables (PEP 567): values that follow a task and every callback it schedules, without being
 * passed along.
 *
 * A {@link Context} is a mutable binding to an immutable map. Copying shares the map; the first `set` after a
 * copy clones it.
 *
 * Every task and every callback runs in a copy of its own, and hardly any of them ever sets a variable. So
 * what they are given is a *snapshot*, one context shared by all that were made from the same values; the
 * first `set` in one of them makes a copy and continues in that. Until then a copy costs nothing at all.
 */

import { brief } from './describe.ts';
import { KeyError, RuntimeError } from './errors.ts';

type Values = ReadonlyMap<ContextVar<unknown>, unknown>;

const NO_VALUES: Values = new Map();
const MISSING: unique symbol = Symbol('Token.MISSING');

/**
 * One variable whose value depends on the context it is read in.
 *
 * Follows `contextvars.ContextVar` of CPython 3.13. Create it once, at the top of a module.
 *
 *     const requestId = new ContextVar<string>('requestId');
 *     const token = requestId.set('r-1');
 *     requestId.get();          // 'r-1', also in every task created from here
 *     requestId.reset(token);
 */
export class ContextVar<T> {
  readonly name: string;
  private readonly fallback: T | typeof MISSING;

  /**
   * @param name for messages
   * @param options `default`: what {@link get} returns where the variable was never set
   */
  constructor(name: string, options?: { readonly default: T }) {
    if (typeof name !== 'string') {
      throw new TypeError(`new ContextVar(name): name must be a string, got ${typeof name}`);
    }
    this.name = name;
    this.fallback = options === undefined ? MISSING : options.default;
  }

  /**
   * The value in the current context, else `fallback` if given, else the variable's default.
   * @throws KeyError when there is none of the three (Python's LookupError)
   */
  get(...fallback: [] | [T]): T {
    const values = current.bindings;
    if (values.has(this)) return values.get(this) as T;
    if (fallback.length > 0) return fallback[0] as T;
    if (this.fallback !== MISSING) return this.fallback;
    throw new KeyError(`ContextVar '${this.name}' has no value in this context and no default`);
  }

  /** Sets the value in the current context. The token undoes it: see {@link reset}. */
  set(value: T): Token<T> {
    const context = writableContext();
    const before = context.bindings.has(this) ? (context.bindings.get(this) as T) : MISSING;
    context.write(this, value);
    return new Token(this, before, context);
  }

  /**
   * Puts back what was there before the `set` that returned `token`.
   * @throws RuntimeError for a token used before; TypeError for one of another variable or another context
   */
  reset(token: Token<T>): void {
    if (!(token instanceof Token)) throw new TypeError(`reset(): a token is needed, got ${brief(token)}`);
    if (token.used)
      throw new RuntimeError(`reset(): the token for ContextVar '${token.var.name}' has already been used`);
    if (token.var !== this) {
      throw new TypeError(
        `reset(): the token was created by ContextVar '${token.var.name}', not '${this.name}'`,
      );
    }
    if (token.context !== current) {
      throw new TypeError(
        `reset(): the token for ContextVar '${this.name}' was created in a different context`,
      );
    }
    token.used = true;
    if (token.before === MISSING) token.context.erase(this);
    else token.context.write(this, token.before);
  }

  toString(): string {
    const fallback = this.fallback === MISSING ? '' : ` default=${brief(this.fallback)}`;
    return `<ContextVar name='${this.name}'${fallback}>`;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }
}

/**
 * What {@link ContextVar.set} returns: the right to undo that one `set`, once. `contextvars.Token`.
 *
 *     const token = user.set('alice');
 *     user.reset(token);
 */
export class Token<T> {
  /** The {@link oldValue} of a `set` before which there was no value. */
  static readonly MISSING: typeof MISSING = MISSING;
  /** The variable this token belongs to. */
  readonly var: ContextVar<T>;
  /** @internal */
  readonly before: T | typeof MISSING;
  /** @internal */
  readonly context: Context;
  /** @internal */
  used = false;

  /** @internal */
  constructor(variable: ContextVar<T>, before: T | typeof MISSING, context: Context) {
    this.var = variable;
    this.before = before;
    this.context = context;
  }

  /** The value before the `set`, or {@link Token.MISSING} when there was none. */
  get oldValue(): T | typeof MISSING {
    return this.before;
  }

  toString(): string {
    return `<Token ${this.used ? 'used ' : ''}var=${this.var}>`;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }
}

/**
 * The values of all context variables as one task or callback sees them. `contextvars.Context` of CPython
 * 3.13.
 */
export class Context {
  /** @internal */
  bindings: Values;
  /** True while no other context shares `bindings`, so that a write may change the map in place. */
  private owned = false;
  private entered = false;
  /** @internal True for one that others share: it is never written to. */
  readonly isSnapshot: boolean;
  /** The snapshot of the present values, if there is one. */
  private snapshot: Context | null = null;
  /** @internal The snapshot in whose place this one was entered. */
  replaces: Context | null = null;

  constructor();
  /** @internal */
  constructor(values: Values, isSnapshot: boolean);
  constructor(values: Values = NO_VALUES, isSnapshot = false) {
    this.bindings = values;
    this.isSnapshot = isSnapshot;
  }

  /**
   * Calls `fn(...args)` in this context and returns its result. What it sets stays in this context.
   * @throws RuntimeError when this context is already being run
   */
  run<A extends readonly unknown[], R>(fn: (...args: A) => R, ...args: A): R {
    if (this.entered) throw new RuntimeError('Context.run(): this context is already entered; copy() it');
    this.entered = true;
    const previous = enterContext(this);
    try {
      return fn(...args);
    } finally {
      leaveContext(previous);
      this.entered = false;
    }
  }

  /** A context with the same values, whose later changes are its own. */
  copy(): Context {
    this.owned = false;
    return new Context(this.bindings, false);
  }

  /** @internal A copy that is shared by all who ask while the values stay the same. */
  shared(): Context {
    return this.isSnapshot ? this : this.sharedCopy();
  }

  private sharedCopy(): Context {
    this.owned = false;
    this.snapshot ??= new Context(this.bindings, true);
    return this.snapshot;
  }

  /** The variable's value in this context, or `fallback`. Never the variable's default. */
  get<T>(variable: ContextVar<T>, fallback?: T): T | undefined {
    return this.has(variable) ? (this.bindings.get(variable) as T) : fallback;
  }

  /** Whether the variable was set in this context. @throws TypeError if it is not a variable */
  has(variable: ContextVar<never> | ContextVar<unknown>): boolean {
    if (!(variable instanceof ContextVar)) {
      throw new TypeError(`Context: the keys are ContextVars, got ${brief(variable)}`);
    }
    return this.bindings.has(variable);
  }

  /** How many variables are set. */
  get size(): number {
    return this.bindings.size;
  }

  /** The variables that are set, with their values. */
  entries(): IterableIterator<[ContextVar<unknown>, unknown]> {
    return this.bindings.entries() as IterableIterator<[ContextVar<unknown>, unknown]>;
  }

  /** The variables that are set. */
  keys(): IterableIterator<ContextVar<unknown>> {
    return this.bindings.keys() as IterableIterator<ContextVar<unknown>>;
  }

  /** Their values. */
  values(): IterableIterator<unknown> {
    return this.bindings.values() as IterableIterator<unknown>;
  }

  /** The variables that are set, as {@link keys}. */
  [Symbol.iterator](): IterableIterator<ContextVar<unknown>> {
    return this.keys();
  }

  /** @internal */
  write(variable: ContextVar<unknown>, value: unknown): void {
    this.ownedValues().set(variable, value);
  }

  /** @internal */
  erase(variable: ContextVar<unknown>): void {
    this.ownedValues().delete(variable);
  }

  private ownedValues(): Map<ContextVar<unknown>, unknown> {
    this.snapshot = null;
    if (!this.owned) {
      this.bindings = new Map(this.bindings);
      this.owned = true;
    }
    return this.bindings as Map<ContextVar<unknown>, unknown>;
  }
}

let current = new Context();

/** A copy of the current context. `contextvars.copy_context` of CPython 3.13. */
export function copyContext(): Context {
  return current.copy();
}

/** What a task or callback that is made now will run in: see {@link Context.shared}. */
export function snapshotContext(): Context {
  return current.shared();
}

/** The current context, as one that may be written to. */
function writableContext(): Context {
  if (!current.isSnapshot) return current;
  const own = current.copy();
  own.replaces = current;
  current = own;
  return own;
}

/** The context that runs now, itself and not a copy. Internal: user code gets copies. */
export function currentContext(): Context {
  return current;
}

/**
 * Makes `context` the current one and returns the one before, which the caller must give to
 * {@link leaveContext}.
 */
export function enterContext(context: Context): Context {
  const previous = current;
  current = context;
  return previous;
}

/** Ends what {@link enterContext} began. */
export function leaveContext(previous: Context): void {
  current = previous;
}

/**
 * What a call was given as a context, `null` for nothing.
 * @throws TypeError for anything else
 */
export function givenContext(context: unknown, call: string): Context | null {
  if (context === undefined || context === null || context instanceof Context) return context ?? null;
  throw new TypeError(`${call}: a Context is needed, got ${brief(context)}. Write copyContext().`);
}

/**
 * The context of code that was given `context`, as one of its own, which may be changed: a copy, if that is a
 * snapshot.
 * @param isRunning it is that code that runs: the copy is entered in its place, unless a `set` has done that
 */
export function ownContext(context: Context, isRunning: boolean): Context {
  if (!context.isSnapshot) return context;
  if (isRunning && current.replaces === context) return current;
  return isRunning && current === context ? writableContext() : context.copy();
}
