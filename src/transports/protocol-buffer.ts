/** The memory that a buffered protocol offers for received bytes. */

import { RuntimeError } from '../base/errors.ts';
import { describeValue } from '../coroutines/misuse.ts';
import type { BufferedProtocol } from './protocol.ts';

/**
 * Where a buffered protocol takes bytes.
 * @throws what getBuffer throws; TypeError, RuntimeError for no room
 */
export function bufferOf(protocol: BufferedProtocol): Uint8Array {
  const buffer: unknown = protocol.getBuffer(-1);
  if (!(buffer instanceof Uint8Array)) {
    throw new TypeError(`getBuffer() must return a Uint8Array or Buffer, got ${describeValue(buffer)}`);
  }
  if (buffer.length === 0) throw new RuntimeError('getBuffer() returned an empty buffer');
  return buffer;
}
