/**
 * A circuit breaker: a service that fails again and again is left alone for a while, so that its callers fail at once and it has
 * time to recover.
 *
 * | state | a call | changes |
 * |---|---|---|
 * | closed | is made | to open, after `failures` failures in a row |
 * | open | fails at once, with CircuitOpenError | to half-open, with the first call after `openMs` |
 * | half-open | one is made, others fail at once | to closed when that one succeeds, to open when it fails |
 */

import { type Coroutine, getRunningLoop, isCancelled } from 'selectloop';

export type CircuitState = 'closed' | 'open' | 'half-open';

export interface CircuitOptions {
  /** How many failures in a row open it. Default: 3. */
  readonly failures?: number;
  /** How long it is open until one call may try. Default: 5 s. */
  readonly openMs?: number;
  /** Told of each change. */
  readonly onChange?: (from: CircuitState, to: CircuitState) => void;
}

/** The call was not made: the service has failed too often. */
export class CircuitOpenError extends Error {}

export class CircuitBreaker {
  private state: CircuitState = 'closed';
  private failureCount = 0;
  private openedMs = 0;
  private isTrying = false;
  private readonly name: string;
  private readonly options: CircuitOptions;

  constructor(name: string, options: CircuitOptions = {}) {
    this.name = name;
    this.options = options;
  }

  get current(): CircuitState {
    return this.state;
  }

  /** Makes a call, or refuses to. @throws CircuitOpenError, and what `call` throws */
  *run<T>(call: () => Coroutine<T>): Coroutine<T> {
    if (this.state === 'open' && getRunningLoop().time() >= this.openedMs + (this.options.openMs ?? 5000)) {
      this.become('half-open');
    }
    if (this.state === 'open' || this.isTrying)
      throw new CircuitOpenError(`${this.name} has failed too often`);
    const isTrial = this.state === 'half-open';
    this.isTrying = isTrial;
    try {
      const result = yield* call();
      this.succeeded();
      return result;
    } catch (error) {
      // A caller that gives up says nothing of the service; the next call may try.
      if (!isCancelled(error)) this.failed();
      throw error;
    } finally {
      if (isTrial) this.isTrying = false;
    }
  }

  private succeeded(): void {
    this.failureCount = 0;
    // A call that began before the circuit opened ends too late to close it.
    if (this.state === 'half-open') this.become('closed');
  }

  private failed(): void {
    this.failureCount++;
    const isTooMuch = this.state === 'closed' && this.failureCount >= (this.options.failures ?? 3);
    if (this.state !== 'half-open' && !isTooMuch) return;
    this.openedMs = getRunningLoop().time();
    this.become('open');
  }

  private become(state: CircuitState): void {
    const from = this.state;
    this.state = state;
    if (state !== 'half-open') this.failureCount = 0;
    this.options.onChange?.(from, state);
  }
}
