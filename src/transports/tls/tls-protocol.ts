/**
 * What the transport below a TLS connection calls: a protocol that receives into memory shared by all of a
 * thread.
 */

import type { BaseTransport } from '../base.ts';
import { BufferedProtocol, type TakesLastBytes, takesLastBytes } from '../protocol.ts';
import type { Transport } from '../transport.ts';
import type { TlsConnection } from './tls-connection.ts';

/** How much is received from below at once. */
const RECEIVE_BYTES = 128 * 1024;

/**
 * Where ciphertext arrives: a buffer for each layer of TLS within TLS, shared by the connections of a thread.
 * One of its own would cost each connection 128 KiB for as long as it lives, most of the time for nothing.
 */
const receiveBuffers: Buffer[] = [];

/** How many layers are using what is in theirs. What they decrypt may be ciphertext for the next. */
let layersAtWork = 0;

export class TlsProtocol extends BufferedProtocol implements TakesLastBytes {
  readonly connection: TlsConnection;

  constructor(connection: TlsConnection) {
    super();
    this.connection = connection;
  }

  /** As the program's protocol does: what is decrypted at the end is for that one. */
  get takesLastBytes(): boolean {
    return takesLastBytes(this.connection.user.protocol);
  }

  override connectionMade(below: BaseTransport): void {
    // Only whole connections are wrapped.
    this.connection.begin(below as Transport, null);
  }

  override getBuffer(_sizeHint: number): Uint8Array {
    return receiveBuffer();
  }

  override bufferUpdated(byteCount: number): void {
    const data = receiveBuffer();
    layersAtWork++;
    try {
      this.connection.receive(data, byteCount);
    } finally {
      layersAtWork--;
    }
  }

  override eofReceived(): boolean {
    this.connection.receiveEnd();
    return true;
  }

  override pauseWriting(): void {
    this.connection.sender.pause();
  }

  override resumeWriting(): void {
    this.connection.resumeWriting();
  }

  override connectionLost(error: Error | null): void {
    this.connection.connectionLost(error);
  }

  override toString(): string {
    return String(this.connection.transport);
  }
}

/**
 * The buffer of the layer that receives next. A transport receives into it and calls bufferUpdated() in one
 * go.
 */
function receiveBuffer(): Buffer {
  let buffer = receiveBuffers[layersAtWork];
  if (buffer === undefined) {
    buffer = Buffer.allocUnsafeSlow(RECEIVE_BYTES);
    receiveBuffers.push(buffer);
  }
  return buffer;
}
