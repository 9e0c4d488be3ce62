/**
 * Every public name of asyncio (CPython 3.13), camelCased: here, or left out for a reason that is written
 * down.
 */

import { describe, expect, test } from 'vitest';
import * as api from '../../src/index.ts';
import * as selectors from '../../src/selectors.ts';
import * as socket from '../../src/socket.ts';
import { readText } from '../architecture/tree.ts';

const words = (text: string): string[] => text.trim().split(/\s+/);

const MODULE = words(`
  AbstractServer ALL_COMPLETED allTasks asCompleted Barrier BaseEventLoop BaseProtocol BaseTransport BoundedSemaphore
  BrokenBarrierError BufferedProtocol CancelledError Condition createEagerTaskFactory createSubprocessExec createSubprocessShell
  createTask currentTask DatagramProtocol DatagramTransport eagerTaskFactory ensureFuture Event EventLoop FIRST_COMPLETED
  FIRST_EXCEPTION Future gather getEventLoop getRunningLoop Handle IncompleteReadError InvalidStateError isCoroutine
  isCoroutineFunction isFuture LifoQueue LimitOverrunError Lock newEventLoop openConnection openUnixConnection PriorityQueue
  Protocol Queue QueueEmpty QueueFull QueueShutDown ReadTransport run runCoroutineThreadsafe Runner SelectorEventLoop Semaphore
  SendfileNotAvailableError Server setEventLoop shield sleep startServer startUnixServer StreamReader StreamReaderProtocol
  StreamWriter SubprocessProtocol SubprocessTransport Task TaskGroup taskGroup Timeout timeout timeoutAt TimeoutError TimerHandle toThread
  Transport wait waitFor wrapFuture WriteTransport
`);

const MODULE_OMITTED: Record<string, string> = {
  AbstractServer: 'a type: Server',
  BaseTransport: 'a type',
  DatagramTransport: 'a type',
  ReadTransport: 'a type',
  Transport: 'a type',
  WriteTransport: 'a type',
  getEventLoop:
    'the policy system is deprecated; newEventLoop() and getRunningLoop() are what it was used for',
  setEventLoop: 'the policy system is deprecated',
};

/** Those that CPython 3.14 added. */
const MODULE_3_14 = words(`
  captureCallGraph FrameCallGraphEntry formatCallGraph FutureCallGraph printCallGraph
`);

const LOOP = words(`
  addReader addSignalHandler addWriter callAt callExceptionHandler callLater callSoon callSoonThreadsafe close
  connectAcceptedSocket connectReadPipe connectWritePipe createConnection createDatagramEndpoint createFuture createServer
  createTask createUnixConnection createUnixServer defaultExceptionHandler getDebug getExceptionHandler getTaskFactory
  getaddrinfo getnameinfo isClosed isRunning removeReader removeSignalHandler removeWriter runForever runInExecutor
  runUntilComplete sendfile setDebug setDefaultExecutor setExceptionHandler setTaskFactory shutdownAsyncgens
  shutdownDefaultExecutor sockAccept sockConnect sockRecv sockRecvInto sockRecvfrom sockRecvfromInto sockSendall sockSendfile
  sockSendto startTls stop subprocessExec subprocessShell time run sockClose registerTask
`);

const LOOP_OMITTED: Record<string, string> = {};

const MEMBERS: [name: string, members: string][] = [
  [
    'Future',
    'addDoneCallback cancel cancelled done exception getLoop removeDoneCallback result setException setResult',
  ],
  [
    'Task',
    'addDoneCallback cancel cancelled cancelling done exception getContext getCoro getLoop getName getStack printStack removeDoneCallback result setException setName setResult uncancel step',
  ],
  ['TaskGroup', 'createTask cancel'],
  ['Timeout', 'expired reschedule when'],
  ['Runner', 'close getLoop run'],
  ['Handle', 'cancel cancelled getContext'],
  ['TimerHandle', 'cancel cancelled getContext when'],
  ['Lock', 'acquire locked release'],
  ['Event', 'clear isSet set wait'],
  ['Condition', 'notify notifyAll wait waitFor'],
  ['Semaphore', 'acquire locked release'],
  ['Barrier', 'abort broken nWaiting parties reset wait'],
  ['Queue', 'empty full get getNowait join maxsize put putNowait qsize shutdown taskDone'],
  [
    'StreamReader',
    'atEof exception feedData feedEof read readExactly readLine readUntil setException setTransport',
  ],
  [
    'StreamWriter',
    'canWriteEof close drain getExtraInfo isClosing startTls transport waitClosed write writeEof writeLines',
  ],
  [
    'Server',
    'abortClients close closeClients getLoop isServing serveForever sockets startServing waitClosed shutdown',
  ],
  ['Protocol', 'connectionLost connectionMade dataReceived eofReceived pauseWriting resumeWriting'],
  [
    'BufferedProtocol',
    'bufferUpdated connectionLost connectionMade eofReceived getBuffer pauseWriting resumeWriting',
  ],
  [
    'DatagramProtocol',
    'connectionLost connectionMade datagramReceived errorReceived pauseWriting resumeWriting',
  ],
];

const SOCKET_OBJECT = words(`
  accept bind close connect connectEx detach dup fileno getInheritable getblocking getpeername getsockname getsockopt gettimeout
  listen makefile recv recvInto recvfrom recvfromInto recvmsg recvmsgInto send sendall sendfile sendmsg sendto setInheritable
  setblocking setsockopt settimeout shutdown
`);

const SOCKET_MODULE = words(`
  socketpair createConnection createServer hasDualstackIpv6 fromfd dup sendFds recvFds getaddrinfo getnameinfo gethostbyname
  gethostname getservbyname inetPton inetNtop htons ntohs htonl ntohl ifNameindex ifNametoindex ifIndextoname getdefaulttimeout
  setdefaulttimeout
`);

const SELECTORS = words(`
  EVENT_READ EVENT_WRITE BaseSelector SelectSelector PollSelector EpollSelector KqueueSelector DefaultSelector
`);

/** The names that are not there, without those that are left out on purpose. */
function missing(names: readonly string[], object: object, omitted: Record<string, string> = {}): string[] {
  return names.filter((name) => !(name in object) && !(name in omitted));
}

describe('names of asyncio', () => {
  test('of the module', () => {
    expect(missing([...MODULE, ...MODULE_3_14], api, MODULE_OMITTED)).toEqual([]);
  });

  test('of the loop', () => {
    expect(missing(LOOP, api.EventLoop.prototype, LOOP_OMITTED)).toEqual([]);
  });

  test('nothing is said to be left out that is there', () => {
    const present = [
      ...Object.keys(MODULE_OMITTED).filter((name) => name in api),
      ...Object.keys(LOOP_OMITTED).filter((name) => name in api.EventLoop.prototype),
    ];
    expect(present).toEqual([]);
  });

  test('the guide for users of asyncio has a word on each, and on those that are left out', () => {
    const guide = readText('docs/guides/from-asyncio.md');
    const isMentioned = (name: string): boolean => new RegExp(`\\b${name}\\b`).test(guide);
    const members = MEMBERS.flatMap(([, names]) => words(names));
    const all = [...MODULE, ...MODULE_3_14, ...LOOP, ...members];
    expect([...new Set(all)].filter((name) => !isMentioned(name))).toEqual([]);
  });

  test.each(MEMBERS)('of %s', (name, members) => {
    const Class = (api as unknown as Record<string, { prototype: object }>)[name];
    // Fields of the object, or abstract: the class has no value for them.
    const fields = ['maxsize', 'transport', 'parties', 'getBuffer', 'bufferUpdated'];
    const names = words(members).filter((member) => !fields.includes(member));
    expect(missing(names, Class?.prototype ?? {})).toEqual([]);
  });
});

describe('names underneath', () => {
  test('of the socket object', () => {
    expect(missing(SOCKET_OBJECT, socket.Socket.prototype)).toEqual([]);
  });

  test('of the socket module', () => {
    expect(missing(SOCKET_MODULE, socket)).toEqual([]);
  });

  test('of selectors', () => {
    expect(missing(SELECTORS, selectors)).toEqual([]);
    expect(
      missing(
        words('close fileno getKey getMap modify register select unregister'),
        selectors.PollerSelector.prototype,
      ),
    ).toEqual([]);
  });
});
