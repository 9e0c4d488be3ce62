/**
 * Who is first in a trial, and why it is not selectloop: a line of text below each table of the page.
 *
 * Contenders whose middle halves overlap share a place. The baseline takes no part.
 */

/** Why others are ahead, by the trial's name; the first that matches counts. */
const REASONS = [
  [
    /^echo 1KiB|^unix|^idle/,
    'the faster ones are compiled programs. Here each message crosses between JavaScript and native code, and resumes a generator or calls a protocol.',
  ],
  [
    /^echo 10+KiB/,
    'the faster ones are compiled programs that reuse warm buffers. Here received bytes belong to the program, so each receive needs new memory. A buffered protocol with one buffer, and lent bytes, reuse warm memory too.',
  ],
  [
    /^lines/,
    'for each line the engine is called to find its newline, to make its Buffer and to copy it behind the others; compiled servers hand out a slice of their buffer.',
  ],
  [
    /^accept-busy/,
    'tokio and Go come back to their listener after a few of the busy connections, we after a chunk of events.',
  ],
  [
    /^accept/,
    'a connection is a socket, a transport and a protocol, objects that the garbage collector has to trace and to free.',
  ],
  [
    /^udp/,
    'each datagram becomes a Buffer and an address. Batching saves system calls, so it helps more where these are expensive.',
  ],
  [
    /^tls handshakes/,
    'rustls, bun, deno and Go have cryptography of their own, which signs and agrees on keys faster than OpenSSL 3, ours and that of the limit.',
  ],
  [
    /^tls/,
    'the others seal and open records in one pass over their own buffers; here OpenSSL is fed through memory of ours, one copy each way.',
  ],
  [
    /^gather/,
    'Effect runs a fiber that does not wait inside the call that starts it, and keeps its result alone; ours are futures until the last of them is done, 10,000 at a time for the garbage collector to move.',
  ],
  [
    /^cancel-tree/,
    'an interrupted fiber of Effect that has nothing to clean up is dropped; a task of ours gets its CancelledError raised where it waits, so that its `finally` blocks run.',
  ],
  [
    /^import/,
    'a program of Effection loads fewer and smaller files; ours are sockets, TLS, processes and threads, too, nearly 600 KB that the engine parses.',
  ],
  [
    /^first-run/,
    'the first `run()` loads the addon and opens its selector; asyncio’s is part of its import.',
  ],
];

/**
 * @param trial as in results.json
 * @returns who is first, where selectloop stands and why, or `null` where nobody else took part
 */
export function standing({ name, baseline, rows }) {
  const ranked = rows
    .filter(({ contender }) => contender !== baseline)
    .sort((a, b) => a.ratio.median - b.ratio.median);
  const [first] = ranked;
  const ours = ranked.find(isOurs);
  if (first === undefined || ours === undefined || ranked.every(isOurs)) return null;
  if (first === ours) return `First: ${named(first)}.`;
  if (ours.ratio.low <= first.ratio.high)
    return `First: ${named(first)}, and within its spread ${named(ours)}.`;
  const reason = REASONS.find(([pattern]) => pattern.test(name))?.[1];
  if (reason === undefined)
    throw new Error(`bench/standing.mjs does not say why ${first.contender} leads "${name}"`);
  return `First: ${named(first)}; ours ${named(ours)}. Why: ${reason}`;
}

function isOurs({ contender }) {
  return contender.startsWith('selectloop');
}

function named({ contender, ratio }) {
  return `${contender} (${ratio.median.toFixed(2)})`;
}
