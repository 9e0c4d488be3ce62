/**
 * Who takes part, as data.
 *
 *   name      unique; the words of a filter are looked for in it, beside the trial's
 *   needs     the tool (see tools.mjs) whose absence leaves the contender out
 *   serves    what it can do: `tcp`, `unix`, `udp`, `lines` (parses lines), `tls`, `tasks`, `spawns`,
 *             `thread-calls`, `process-calls`, `map-calls`, `stops`, `from-promise`, `wake`, `timer`, `threads` (a server on several)
 *   lacks     tasks for which it has nothing
 *   tellsSpread on SIGUSR2 it tells how many connections each thread has had
 *   tellsHeap it has a JavaScript heap and takes `--heap` (see idle-heap.mjs)
 *   env       environment variables of its own
 *   command   argument vector that starts it, given the paths of the tools; `--port 0`, `--unix PATH`, `--udp`, `--lines`,
 *             `--cert FILE --key FILE` or the name of the task is appended
 */

const peer = (file) => new URL(`peers/${file}`, import.meta.url).pathname;
const ours = (file) => new URL(file, import.meta.url).pathname;
const streams = ['tcp', 'unix'];

const selectloop = [
  { api: 'sockets', serves: [...streams, 'udp'] },
  { api: 'into', serves: [...streams, 'udp'] },
  { api: 'sockets-lent', serves: streams },
  { api: 'streams', serves: [...streams, 'lines', 'tls'] },
  { api: 'streams-lent', serves: streams },
  { api: 'protocol', serves: [...streams, 'udp', 'tls'] },
  { api: 'buffered', serves: [...streams, 'tls'] },
].map(({ api, serves }) => ({
  name: `selectloop ${api}`,
  needs: 'node',
  serves,
  tellsHeap: true,
  command: ({ node }) => [node, ours('echo-server.mjs'), '--api', api],
}));

const python = ['asyncio', 'uvloop'].flatMap((loop) =>
  [
    // uvloop raises NotImplementedError for sock_recvfrom and sock_sendto.
    { api: 'sockets', serves: loop === 'uvloop' ? streams : [...streams, 'udp'] },
    { api: 'into', serves: streams },
    { api: 'streams', serves: [...streams, 'lines', 'tls'] },
    { api: 'protocol', serves: [...streams, 'udp', 'tls'] },
    { api: 'buffered', serves: [...streams, 'tls'] },
  ].map(({ api, serves }) => ({
    name: `${loop} ${api}`,
    needs: loop,
    serves,
    command: (tools) => [
      tools[loop],
      peer('echo-asyncio.py'),
      '--api',
      api,
      ...(loop === 'uvloop' ? ['--uvloop'] : []),
    ],
  })),
);

const servers = [
  {
    name: 'limit',
    needs: 'limit',
    serves: ['tcp', 'unix', 'udp', 'lines'],
    command: ({ limit }) => [limit],
  },
  { name: 'limit tls', needs: 'limit-tls', serves: ['tls'], command: (tools) => [tools['limit-tls']] },
  ...selectloop,
  {
    name: 'selectloop guest',
    needs: 'node',
    serves: streams,
    tellsHeap: true,
    command: ({ node }) => [node, ours('echo-server.mjs'), '--api', 'protocol', '--guest'],
  },
  {
    name: 'node net',
    needs: 'node',
    serves: ['tcp', 'unix', 'udp', 'lines'],
    tellsHeap: true,
    command: ({ node }) => [node, peer('echo-node.mjs')],
  },
  {
    name: 'node tls',
    needs: 'node',
    serves: ['tls'],
    command: ({ node }) => [node, peer('echo-node.mjs')],
  },
  ...python,
  { name: 'go', needs: 'go', serves: ['tcp', 'unix', 'udp', 'lines', 'tls'], command: ({ go }) => [go] },
  { name: 'tokio', needs: 'tokio', serves: ['tcp', 'unix', 'udp', 'lines'], command: ({ tokio }) => [tokio] },
  {
    name: 'tokio rustls',
    needs: 'tokio-rustls',
    serves: ['tls'],
    command: (tools) => [tools['tokio-rustls']],
  },
  {
    name: 'bun',
    needs: 'bun',
    serves: ['tcp', 'unix', 'udp', 'lines', 'tls'],
    command: ({ bun }) => [bun, peer('echo-bun.mjs')],
  },
  {
    name: 'deno',
    needs: 'deno',
    serves: ['tcp', 'unix', 'udp', 'tls'],
    env: { DENO_NO_UPDATE_CHECK: '1' },
    command: ({ deno }) => [deno, 'run', '--quiet', '--allow-all', '--unstable-net', peer('echo-deno.mjs')],
  },
];

/** Who cannot take part anywhere, and why. */
export const leftOut = {
  'uWebSockets.js':
    'speaks HTTP and WebSocket, not bare TCP, so it could only be compared with servers of these; and the npm registry does not have it',
};

const callbacks = ['call-soon', 'timers-fired', 'timers-spread', 'timers-cancelled'];

const taskRunners = [
  { name: 'promises', needs: 'node', command: ({ node }) => [node, peer('tasks-promises.mjs')] },
  { name: 'selectloop', needs: 'node', command: ({ node }) => [node, ours('micro.mjs')] },
  {
    name: 'selectloop eager',
    needs: 'node',
    // Where no task is started, or few are, it is the same.
    lacks: ['sleep0', 'queue', 'lock', 'import', 'first-run', ...callbacks],
    command: ({ node }) => [node, ours('micro.mjs'), '--eager'],
  },
  {
    name: 'effection',
    needs: 'effection',
    lacks: ['lock', ...callbacks],
    command: ({ node }) => [node, peer('tasks-effection.mjs')],
  },
  {
    name: 'effect',
    needs: 'effect',
    lacks: callbacks,
    command: ({ node }) => [node, peer('tasks-effect.mjs')],
  },
  { name: 'asyncio', needs: 'asyncio', command: ({ asyncio }) => [asyncio, peer('tasks-asyncio.py')] },
  {
    name: 'uvloop',
    needs: 'uvloop',
    command: ({ uvloop }) => [uvloop, peer('tasks-asyncio.py'), '--uvloop'],
  },
  { name: 'trio', needs: 'trio', lacks: callbacks, command: ({ trio }) => [trio, peer('tasks-trio.py')] },
].map((contender) => ({ ...contender, serves: ['tasks'] }));

const spawners = [
  { name: 'posix_spawn', needs: 'posix-spawn', command: (tools) => [tools['posix-spawn']] },
  { name: 'selectloop spawn', needs: 'node', command: ({ node }) => [node, ours('spawn-selectloop.mjs')] },
  { name: 'node spawn', needs: 'node', command: ({ node }) => [node, peer('spawn-node.mjs')] },
  { name: 'asyncio spawn', needs: 'asyncio', command: ({ asyncio }) => [asyncio, peer('spawn-asyncio.py')] },
].map((contender) => ({ ...contender, serves: ['spawns'] }));

const workers = [
  {
    name: 'node workers',
    needs: 'node',
    serves: ['thread-calls', 'process-calls', 'map-calls', 'stops'],
    command: ({ node }) => [node, peer('workers-node.mjs')],
  },
  {
    name: 'selectloop workers',
    needs: 'node',
    serves: ['thread-calls', 'process-calls', 'map-calls', 'stops'],
    command: ({ node }) => [node, ours('workers.mjs')],
  },
  {
    name: 'selectloop workers in chunks',
    needs: 'node',
    serves: ['map-calls'],
    command: ({ node }) => [node, ours('workers.mjs'), '--chunks'],
  },
  {
    name: 'piscina',
    needs: 'piscina',
    serves: ['thread-calls', 'map-calls'],
    command: ({ node }) => [node, peer('workers-piscina.mjs')],
  },
  {
    name: 'asyncio workers',
    needs: 'asyncio',
    serves: ['thread-calls', 'process-calls', 'map-calls'],
    command: ({ asyncio }) => [asyncio, peer('workers-asyncio.py')],
  },
];

/** The same in a blocking run, in a guest, and in Node without us. */
const modes = [
  ['node loop', 'node', ['from-promise', 'wake', 'timer']],
  ['selectloop blocking', 'blocking', ['wake', 'timer']],
  ['selectloop in a guest', 'guest', ['from-promise', 'wake', 'timer']],
].map(([name, mode, serves]) => ({
  name,
  needs: 'node',
  serves,
  command: ({ node }) => [node, ours('guest.mjs'), '--mode', mode],
}));

const threadedServers = [
  ['selectloop on one thread', '1'],
  ['selectloop on two threads', '2'],
].map(([name, threads]) => ({
  name,
  needs: 'node',
  serves: ['threads'],
  tellsSpread: true,
  command: ({ node }) => [node, ours('echo-threads.mjs'), '--threads', threads],
}));

export const contenders = [...servers, ...taskRunners, ...spawners, ...workers, ...modes, ...threadedServers];
