/** What a loop prints, for tests. */
import type { FakeKernel } from './fake-kernel.ts';

/** One write. */
export interface Print {
  readonly fd: number;
  readonly text: string;
}

/** Has what is printed by a loop on `kernel` recorded, write by write, in place of being printed. */
export function recordPrints(kernel: FakeKernel): Print[] {
  const prints: Print[] = [];
  const write = (fd: number, bytes: Uint8Array, offset: number, byteCount: number): number => {
    prints.push({ fd, text: Buffer.from(bytes).toString('utf8', offset, offset + byteCount) });
    return byteCount;
  };
  Object.defineProperty(kernel, 'fds', { value: { write } });
  return prints;
}
