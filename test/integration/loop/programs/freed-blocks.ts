/** Takes 24 MiB of received bytes and lets go of them, again and again; prints the faults of each round. */
import { Arena } from '../../../../src/base/arena.ts';
import { collectGarbage } from '../../../support/garbage.ts';

const PART_BYTES = 120 * 1024;
const arena = new Arena({ blockByteCount: 64 * 1024, largeBlockByteCount: 256 * 1024 });

function receiveAndForget(): void {
  for (let i = 0; i < 200; i++) {
    arena.reserve(PART_BYTES);
    arena.block.fill(i, arena.used, arena.used + PART_BYTES);
    arena.take(PART_BYTES);
  }
}

const faults: number[] = [];
for (let round = 0; round < 12; round++) {
  const before = process.resourceUsage().minorPageFault;
  receiveAndForget();
  collectGarbage();
  faults.push(process.resourceUsage().minorPageFault - before);
}
process.stdout.write(`${JSON.stringify(faults)}\n`);
