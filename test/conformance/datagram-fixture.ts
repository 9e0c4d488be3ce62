/** A datagram protocol that notes what it is told. */
import { DatagramProtocol } from '../../src/transports/protocol.ts';

/** Notes every call; `fails` has it throw. */
export class Noting extends DatagramProtocol {
  readonly received: [string, unknown][] = [];
  readonly errors: unknown[] = [];
  made = 0;
  lostWith: Error | null | undefined;
  fails = false;

  override connectionMade(): void {
    this.made++;
  }

  override datagramReceived(data: Buffer, address: unknown): void {
    if (this.fails) throw new RangeError('received badly');
    this.received.push([data.toString(), address]);
  }

  override errorReceived(error: Error): void {
    this.errors.push((error as { code?: string }).code ?? error.message);
  }

  override connectionLost(error: Error | null): void {
    this.lostWith = error;
  }
}
