/**
 * What the heap of this process holds after a garbage collection, as a line of JSON; optionally with a
 * snapshot in a file.
 */

import { setFlagsFromString, writeHeapSnapshot } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc');
let reportCount = 0;

/**
 * `heapBytes`: JavaScript objects; `outsideBytes`: the memory of Buffers and what addons report, which V8
 * counts beside its heap. When $BENCH_SNAPSHOTS names a folder, a heap snapshot is written there, and
 * `snapshot` is its path: not by the first report, which is made for its own code to be compiled.
 */
export function heapReport() {
  // What a first collection finalizes, the second one frees.
  collectGarbage();
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  const folder = process.env.BENCH_SNAPSHOTS;
  const snapshot =
    folder === undefined || reportCount++ === 0
      ? undefined
      : writeHeapSnapshot(`${folder}/${process.pid}-${performance.now()}.heapsnapshot`);
  return JSON.stringify({ heapBytes: heapUsed, outsideBytes: external, snapshot });
}
