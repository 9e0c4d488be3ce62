/** What a load tester is told to do, and what it tells: the words between its thread and its faces. */

export interface LoadPlan {
  readonly url: string;
  readonly connections: number;
  /**
   * Requests a second, sent when they are due whatever the server does (open loop); `0`: each connection sends its next
   * request when it has its answer (closed loop).
   */
  readonly rate: number;
  readonly durationMs: number;
  /** How long an answer may take. */
  readonly timeoutMs: number;
}

/** Milliseconds that requests took, by how many took no longer. */
export interface Latencies {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

export interface Counts {
  readonly answered: number;
  readonly bytes: number;
  /** Statuses, and what went wrong in a word, such as `timeout`. */
  readonly results: ReadonlyMap<string, number>;
}

/** How it goes. */
export interface LoadNews {
  readonly elapsedMs: number;
  /** Answers a second since the last news. */
  readonly ratePerSecond: number;
  readonly recent: Latencies;
  readonly total: Counts;
  readonly latencies: Latencies;
  /** Requests that are due and not sent: the server is too slow for this rate. */
  readonly backlog: number;
}

export interface LoadSummary {
  readonly elapsedMs: number;
  readonly total: Counts;
  readonly latencies: Latencies;
  /** Requests that were due and could not be sent before the end. */
  readonly unsent: number;
  readonly wasCancelled: boolean;
}
