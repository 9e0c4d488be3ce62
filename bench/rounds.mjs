/** The clock of micro-benchmarks in JavaScript: CPU time of this process, the least of several rounds. */

/** What disturbs a measurement only ever adds to it; three rounds at least, more while they are short. */
const MIN_ROUNDS = 3;
const ENOUGH_MS = 1_000;

/**
 * CPU nanoseconds per operation of `body(count)`, which does `count` operations, waiting for its promise if
 * it returns one. Threads that the process has besides (garbage collection, compilation) count too: their
 * work is part of the price.
 */
export async function leastNsPerOp(count, body) {
  let least = Number.POSITIVE_INFINITY;
  const startMs = performance.now();
  for (let round = 0; round < MIN_ROUNDS || performance.now() - startMs < ENOUGH_MS; round++) {
    const before = process.cpuUsage();
    const result = body(count);
    if (result !== undefined) await result;
    const { user, system } = process.cpuUsage(before);
    least = Math.min(least, ((user + system) * 1e3) / count);
  }
  return least;
}

/**
 * Runs the benchmark that the command line names, and prints `NAME ns_per_op`.
 * @param benchmarks name → [operations in a round, body]; `once` names bodies that mean something only the
 *   first time
 */
export async function main(benchmarks, once = {}) {
  const name = process.argv[2];
  if (!(name in benchmarks) && !(name in once)) {
    process.stderr.write(
      `there is no ${name} here, only ${Object.keys({ ...benchmarks, ...once }).join(', ')}\n`,
    );
    process.exit(2);
  }
  const ns = name in once ? await once[name]() : await leastNsPerOp(...benchmarks[name]);
  process.stdout.write(`${name} ${ns.toFixed(1)}\n`);
  process.exit(0);
}

/** CPU nanoseconds of one call of `body`. */
export async function onceNs(body) {
  const before = process.cpuUsage();
  await body();
  const { user, system } = process.cpuUsage(before);
  return (user + system) * 1e3;
}
