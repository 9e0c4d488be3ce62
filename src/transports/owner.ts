/** Who counts a transport as a client: a server. */

export interface TransportOwner {
  /** A transport of this owner's exists. */
  attach(): void;
  /** Its connection is gone, and its descriptor closed. */
  detach(): void;
}
