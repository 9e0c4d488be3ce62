/** How many connections of a server are there. */

export class ClientCount {
  private readonly onNone: () => void;
  private connections = 0;

  /** @param onNone called whenever the last one has gone */
  constructor(onNone: () => void) {
    this.onNone = onNone;
  }

  get value(): number {
    return this.connections;
  }

  /** A connection has a transport. */
  attach(): void {
    this.connections++;
  }

  /** The connection is gone, and its descriptor closed. */
  detach(): void {
    this.connections--;
    if (this.connections === 0) this.onNone();
  }
}
