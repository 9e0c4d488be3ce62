/** The waiter that is called when a descriptor is ready. */
export interface ReadinessWaiter {
  /**
   * True: stays until it is removed (`addReader`). False: is taken off before it is called (socket verbs).
   */
  readonly persistent: boolean;
  /**
   * False: waits on the loop's own account, and is no reason for Node to stay when the loop is its guest.
   * Default: true.
   */
  readonly keepsAlive?: boolean;
  /**
   * False: nothing can come of it now that wakes a task, whatever happens to the descriptor. So it hides no
   * deadlock, and keeps no guest's Node alive. Looked at before a wait without end. Default: true.
   */
  readonly mayWake?: boolean;
  /** The descriptor is ready. Must not run user code. */
  ready(): void;
  /** The descriptor is being closed on this side; no event will come. Must not run user code. */
  closed(error: Error): void;
  /** For messages: what is waited for, and by whom. */
  describe(): string;
}
