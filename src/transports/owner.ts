/** Who counts a transport as a client: a server. */

import type { Transport } from './transport.ts';

export interface TransportOwner {
  /** The transport exists. */
  attach(transport: Transport): void;
  /** Its connection is gone, and its descriptor closed. */
  detach(transport: Transport): void;
}
