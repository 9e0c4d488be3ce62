/**
 * All examples, a line each. `npm run example -- NAME` runs one, README.md here says what to run for what one wants, and the
 * help of each begins with what stands here. A test holds table, README and files together.
 */

/** A program of the gallery. */
export interface Example {
  /** What it is called by. */
  readonly name: string;
  /** Where it is, in this folder. */
  readonly file: string;
  /** What there is to learn from it. */
  readonly shows: string;
  /** Programs that it starts, which must be on PATH. Servers that it can do without are not here: its help speaks of them. */
  readonly needs: readonly string[];
}

// biome-ignore format: a line for each
export const gallery = [
  // echo
  { name: 'server', file: 'echo/server.ts', shows: 'The main job: accept for ever, a task per client, a log of everything', needs: [] },
  { name: 'echo-server', file: 'echo/echo-server.ts', shows: 'TCP echo on plain sockets: one `recv` and one `send` a message', needs: [] },
  { name: 'echo-streams', file: 'echo/echo-streams.ts', shows: 'TCP echo with streams: a coroutine for each connection', needs: [] },
  { name: 'echo-protocol', file: 'echo/echo-protocol.ts', shows: 'TCP echo with a protocol: the loop calls its methods; flow control in sight', needs: [] },
  { name: 'tls-echo-server', file: 'echo/tls-echo-server.ts', shows: 'Echo over TLS', needs: [] },
  { name: 'tls-echo-client', file: 'echo/tls-echo-client.ts', shows: 'A TLS client that trusts nobody unverified', needs: [] },
  { name: 'echo-on-cores', file: 'echo/echo-on-cores.ts', shows: 'The echo server on all cores: a loop on each, one port for all', needs: [] },
  { name: 'counter-server', file: 'echo/counter-server.ts', shows: 'A small service in full, where the tutorial ends', needs: [] },
  { name: 'syslog-sink', file: 'datagrams/syslog-sink.ts', shows: 'UDP: receives log lines of RFC 5424 and RFC 3164', needs: [] },

  // chat
  { name: 'chat-server', file: 'chat/chat-server.ts', shows: 'A chat whose slowest member holds up nobody', needs: [] },
  { name: 'chat-client', file: 'chat/chat-client.ts', shows: 'Its client: typing on the last row of the terminal while messages scroll above', needs: [] },
  { name: 'redis-chat-server', file: 'chat/redis-chat-server.ts', shows: 'The chat on several machines, which tell each other by Redis what is said', needs: [] },

  // WebSockets
  { name: 'web-chat', file: 'web-sockets/web-chat.ts', shows: 'A live counter and a chat in the browser, by `ws` in guest mode', needs: [] },

  // crawler
  { name: 'crawler', file: 'crawler/crawler.ts', shows: 'All pages that can be reached, each once: politely, with retries, and resumable', needs: [] },
  { name: 'crawler-site', file: 'crawler/crawler-site.ts', shows: 'A made-up site of ten thousand pages, with all that makes crawlers stumble', needs: [] },

  // more than one machine
  { name: 'shared-word-count', file: 'many-machines/shared-word-count.ts', shows: 'MapReduce on many machines that share a Redis, or on this one', needs: [] },

  // load tester
  { name: 'load-tester', file: 'load-tester/load-tester.ts', shows: 'How many requests a server answers, and how long they take; on a live screen and in a page', needs: [] },

  // concurrent requests
  { name: 'http-get', file: 'requests/http-get.ts', shows: 'HTTP GET by a protocol: how a callback style hands its result to a coroutine', needs: [] },
  { name: 'fetch-page', file: 'requests/fetch-page.ts', shows: 'An HTTP/1.1 client on our streams: kept connections, redirects, gzip, TLS', needs: [] },
  { name: 'fetch-many', file: 'requests/fetch-many.ts', shows: '1,000 requests, 50 at a time, with a progress bar', needs: [] },
  { name: 'waiting-modes', file: 'requests/waiting-modes.ts', shows: '`gather`, `asCompleted`, each mode of `wait`, first failure, timeouts, retries', needs: [] },
  { name: 'site-server', file: 'requests/site-server.ts', shows: "A small site that misbehaves as real ones do, on Node's own server", needs: [] },

  // database
  { name: 'catalogue', file: 'database/catalogue.ts', shows: 'A product catalogue in PostgreSQL: bulk insert, queries side by side, savepoints, a cursor', needs: [] },

  // processes and threads
  { name: 'hash-passwords', file: 'processes/hash-passwords.ts', shows: 'Hashes passwords on threads, beside a heartbeat', needs: [] },
  { name: 'word-count', file: 'processes/word-count.ts', shows: 'MapReduce over a large text, on threads and in processes, with a progress bar', needs: [] },
  { name: 'mandelbrot', file: 'terminal/mandelbrot.ts', shows: 'A terminal program that answers every key at once, beside threads that compute as hard as they can', needs: [] },
  { name: 'run-many', file: 'processes/run-many.ts', shows: 'Programs side by side, so many at a time, with their output as it comes', needs: [] },
  { name: 'drive-terminal', file: 'processes/drive-terminal.ts', shows: 'Drives an interactive program, Python, through a terminal of its own', needs: ['python3'] },

  // web
  { name: 'rest-service', file: 'web/rest-service.ts', shows: 'A REST service: validation, problem+json, background work by priority, a shutdown that loses nothing', needs: [] },

  // microservices
  { name: 'shop', file: 'microservices/shop.ts', shows: 'Four services and a backend that answers in time: partial answers, retries, circuit breakers', needs: [] },

  // synchronisation
  { name: 'races', file: 'synchronisation/races.ts', shows: 'Races between tasks, going wrong and then right', needs: [] },
  { name: 'connection-pool', file: 'synchronisation/connection-pool.ts', shows: 'A pool of connections by a condition', needs: [] },
  { name: 'upload-throttle', file: 'synchronisation/upload-throttle.ts', shows: 'Uploads throttled by a semaphore', needs: [] },
  { name: 'state-machine', file: 'synchronisation/state-machine.ts', shows: 'A state machine by events', needs: [] },
  { name: 'producer-consumer', file: 'synchronisation/producer-consumer.ts', shows: 'Producers and consumers with a queue between them, and back-pressure', needs: [] },
  { name: 'priority-orders', file: 'synchronisation/priority-orders.ts', shows: 'Orders by priority, and nobody starves', needs: [] },

  // signals and shutdown
  { name: 'graceful-shutdown', file: 'shutdown/graceful-shutdown.ts', shows: 'SIGTERM: no new connections, answers under way go out, a limit on the time', needs: [] },
  { name: 'job-server', file: 'shutdown/job-server.ts', shows: 'Graceful shutdown in full: server, queue, workers, a task that runs for ever', needs: [] },
  { name: 'hand-over', file: 'shutdown/hand-over.ts', shows: 'Replaces a running server by a new process; no client notices', needs: [] },
  { name: 'sd-notify', file: 'shutdown/sd-notify.ts', shows: 'Tells systemd how a service is doing', needs: [] },

  // context, and a loop of one's own
  { name: 'request-ids', file: 'context/request-ids.ts', shows: 'Request ids in every line of a log, by a context variable', needs: [] },
  { name: 'either-kind', file: 'own-loop/either-kind.ts', shows: 'An API that takes coroutine functions and plain functions alike', needs: [] },
  { name: 'custom-loop', file: 'own-loop/custom-loop.ts', shows: 'A loop with a clock and accounts of its own', needs: [] },
  { name: 'force-a-pass', file: 'own-loop/force-a-pass.ts', shows: '`sleep(0)` lets others have a turn in a long computation', needs: [] },
  { name: 'custom-awaitable', file: 'own-loop/custom-awaitable.ts', shows: 'Awaitables of your own', needs: [] },
] as const satisfies readonly Example[];

/** What an example is called by. */
export type ExampleName = (typeof gallery)[number]['name'];
