/**
 * What is measured, as data. A trial is a load on an echo server (`load`), a program of one operation
 * (`task`), or a program of many (`program`).
 *
 *   name      unique; the words of a filter are looked for in it
 *   group     trials that share a table in the report
 *   baseline  the contender that all others are compared with, in the same round
 *   fallback  the baseline where that one cannot be built
 *   serves    what a contender must be able to do to take part
 *   patience  how many times as long as others it is measured: where an answer takes most of a second
 *   generator the tool that makes the load: `load`, or `load-tls`
 *   load      options of bench/load, without the server's address
 *   program   arguments of a program that prints the microseconds of each of many operations; the median counts
 *   among     contenders that take part, where not all do
 *   comparesAnswers  the median time of an answer is compared, not CPU time
 *   price     what is compared, for the report, where it is not CPU time
 *   allCores  what is measured may run on all cores; otherwise it has one
 */

const KIB = 1024;
/** Flat is the claim: what an active connection costs does not depend on how many are idle. */
const IDLE_COUNTS = [100, 1_000, 10_000, 50_000];
const IDLE_FOR_ALL = 10_000;
const APIS = ['sockets', 'into', 'streams', 'protocol'];
const WITHOUT_PYTHON = [...APIS.map((api) => `selectloop ${api}`), 'node net', 'go', 'tokio'];
const BUSY_CONNECTIONS = 5_000;
/** More than a turn of anybody accepts, fewer than any backlog. */
const NEW_CONNECTIONS = 300;

const echoes = [
  { kib: 1, counts: [1, 50, 500, 5_000] },
  { kib: 10, counts: [1, 50, 500, 5_000] },
  { kib: 100, counts: [1, 10, 50, 500, 5_000] },
].flatMap(({ kib, counts }) =>
  counts.map((connections) => ({
    name: `echo ${kib}KiB ${connections}c`,
    group: `TCP echo, ${kib} KiB`,
    title: `${connections.toLocaleString('en')} connection${connections === 1 ? '' : 's'}`,
    baseline: 'limit',
    serves: 'tcp',
    generator: 'load',
    patience: connections >= 5_000 ? 2 : 1,
    load: { bytes: kib * KIB, connections },
  })),
);

const variants = [
  {
    name: 'lines 16-pipelined 50c',
    title: 'lines of 64 bytes, 16 a write, 50 connections',
    serves: 'lines',
    load: { bytes: 64, connections: 50, pipeline: 16 },
  },
  {
    name: 'accept-storm 50c',
    title: 'connect, one exchange, close; 50 at a time',
    serves: 'tcp',
    load: { bytes: 64, connections: 50, storm: true },
  },
  {
    name: `accept-busy ${BUSY_CONNECTIONS}c`,
    title: `a new connection's first answer, ${NEW_CONNECTIONS} at a time, beside ${BUSY_CONNECTIONS.toLocaleString('en')} busy connections`,
    serves: 'tcp',
    patience: 2,
    comparesAnswers: true,
    price: 'time each',
    load: { bytes: KIB, connections: NEW_CONNECTIONS, storm: true, beside: BUSY_CONNECTIONS },
  },
  ...IDLE_COUNTS.map((idle) => ({
    name: `idle ${idle}c`,
    title: `one active among ${idle.toLocaleString('en')} idle connections`,
    serves: 'tcp',
    ...(idle !== IDLE_FOR_ALL && { among: WITHOUT_PYTHON }),
    load: { bytes: KIB, connections: 1, idle },
  })),
  {
    name: 'udp 1KiB 50c',
    title: 'UDP, 1 KiB, 50 clients',
    serves: 'udp',
    load: { bytes: KIB, connections: 50 },
  },
  {
    name: 'unix 1KiB 50c',
    title: 'unix socket, 1 KiB, 50 connections',
    serves: 'unix',
    load: { bytes: KIB, connections: 50 },
  },
].map((trial) => ({ ...trial, group: 'Other traffic', baseline: 'limit', generator: 'load' }));

const encrypted = [
  {
    name: 'tls echo 1KiB 50c',
    title: 'echo, 1 KiB, 50 connections',
    load: { bytes: KIB, connections: 50 },
  },
  {
    name: 'tls handshakes 50c',
    title: 'connect, handshake, one exchange, close; 50 at a time',
    patience: 2,
    load: { bytes: 64, connections: 50, storm: true },
  },
].map((trial) => ({
  ...trial,
  group: 'TLS 1.3',
  baseline: 'limit tls',
  fallback: 'node tls',
  serves: 'tls',
  generator: 'load-tls',
}));

const tasks = Object.entries({
  sleep0: 'sleep(0)',
  spawn: 'spawn a task and join it',
  gather: 'gather of 10,000, each',
  queue: 'ping-pong over two queues',
  lock: 'hand-over of a contended lock',
  'cancel-tree': 'cancel a tree of 10,000, each',
  'call-soon': 'callSoon',
  'timers-fired': '1,000,000 timers set and fired within 2 ms, each',
  'timers-spread': '1,000,000 timers set and fired over a second of whole milliseconds, each',
  'timers-cancelled': '1,000,000 timers set and cancelled, each',
}).map(([task, title]) => ({
  name: task,
  group: 'Tasks',
  title,
  baseline: 'promises',
  serves: 'tasks',
  task,
}));

const starts = Object.entries({
  import: 'import the package',
  'first-run': 'first run() of an empty main',
}).map(([task, title]) => ({
  name: task,
  group: 'Start',
  title,
  baseline: 'promises',
  serves: 'tasks',
  task,
}));

/** By time and not by CPU time, on all cores: what is waited for is done by others. */
const workers = [
  {
    name: 'spawn-process',
    title: 'start /bin/true and wait for its end',
    baseline: 'posix_spawn',
    serves: 'spawns',
    program: ['300'],
  },
  {
    name: 'thread-call',
    title: 'a call on a thread and back; limit: Atomics.wait and notify',
    baseline: 'node workers',
    serves: 'thread-calls',
    program: ['thread-call', '10000'],
  },
  {
    name: 'process-call',
    title: 'a call in a process and back; beside a message to a forked process',
    baseline: 'node workers',
    serves: 'process-calls',
    program: ['process-call', '5000'],
  },
  {
    name: 'map-calls',
    title: '10,000 calls on two threads, each; beside one round of Atomics.wait and notify',
    baseline: 'node workers',
    serves: 'map-calls',
    program: ['map-calls', '10'],
  },
  {
    name: 'stop-thread',
    title: "end a loop's thread that sleeps; beside worker.terminate()",
    baseline: 'node workers',
    serves: 'stops',
    program: ['stop', '30'],
  },
].map((trial) => ({ ...trial, group: 'Threads and processes', price: 'time each', allCores: true }));

/** A guest's iterations of Node's loop, by time. */
const guests = Object.entries({
  'from-promise': ["await a resolved Promise; beside an iteration of Node's loop", '20000'],
  wake: ['a byte to another thread and back, otherwise idle', '5000'],
  timer: ['a sleep of 2.5 ms, whole', '300'],
}).map(([name, [title, count]]) => ({
  name,
  group: 'Guest mode',
  title,
  baseline: 'node loop',
  serves: name,
  price: 'time each',
  allCores: true,
  program: [name, count],
}));

const threadedServers = [
  {
    name: 'threads 1KiB 50c',
    group: 'Threads and processes',
    title: 'TCP echo, 1 KiB, 50 connections, on one thread and on two; CPU time of all threads',
    baseline: 'selectloop on one thread',
    serves: 'threads',
    generator: 'load',
    allCores: true,
    load: { bytes: KIB, connections: 50 },
  },
];

export const trials = [
  ...echoes,
  ...variants,
  ...encrypted,
  ...tasks,
  ...starts,
  ...workers,
  ...guests,
  ...threadedServers,
];
