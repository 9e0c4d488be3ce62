/**
 * What has come from below a TLS connection, until OpenSSL has it: at once, or after a pause of the program's
 * protocol.
 */

import type { TlsEngine } from '../../tls/engine.ts';

/** Ciphertext goes to OpenSSL in pieces: its memory grows to what it was given at once, and stays so. */
const FEED_BYTES = 16 * 1024 + 256;

/** The connection that a {@link TlsIntake} takes bytes for. */
export interface TakingConnection {
  /** Whether nothing more is wanted, now or later. */
  readonly isOver: boolean;
  /** Whether something is wanted now. */
  wantsData(): boolean;
  /** Goes as far as it can with the bytes that the engine has. */
  progress(): void;
}

export class TlsIntake {
  /** Whether the bytes have ended. */
  hasEnded = false;
  private readonly connection: TakingConnection;
  private readonly engine: TlsEngine;
  private held: Buffer | null = null;

  constructor(connection: TakingConnection, engine: TlsEngine) {
    this.connection = connection;
    this.engine = engine;
  }

  /** Whether all that came is with the engine. */
  get isEmpty(): boolean {
    return this.held === null;
  }

  /** Takes ciphertext, in memory that others use afterwards. */
  take(data: Uint8Array, byteCount: number): void {
    if (this.held !== null) {
      this.held = Buffer.concat([this.held, data.subarray(0, byteCount)]);
      return;
    }
    const { connection } = this;
    for (let offset = 0; offset < byteCount && !connection.isOver; ) {
      if (!connection.wantsData()) {
        this.held = Buffer.from(data.subarray(offset, byteCount));
        return;
      }
      const count = Math.min(FEED_BYTES, byteCount - offset);
      this.engine.feed(data, offset, count);
      offset += count;
      connection.progress();
    }
  }

  /** Goes on after a pause, where it stopped. */
  catchUp(): void {
    const { connection } = this;
    connection.progress();
    // Looked at after that: a protocol that closes the connection in there comes here, too.
    const { held } = this;
    if (held === null || !connection.wantsData()) return;
    this.held = null;
    this.take(held, held.length);
  }
}
