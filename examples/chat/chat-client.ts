/**
 * A client for the chat servers. In a terminal, what you type stays on the last line while messages scroll above it; with
 * its input from a pipe it sends that, and prints what it hears until the server closes.
 *
 *     npm run example -- chat-client ada    # 127.0.0.1:8010; --host and --port change that
 *     echo 'hello from a script' | npm run example -- chat-client script
 *
 * Two things happen at once, hearing and typing, and neither waits for the other. Ctrl-C or Ctrl-D ends. It is a guest of Node's
 * loop, which is who knows when the terminal gets another size.
 */

import { isatty } from 'node:tty';
import {
  type Coroutine,
  createTask,
  getRunningLoop,
  LimitOverrunError,
  moveOnAfter,
  openConnection,
  print,
  runGuest,
  type StreamReader,
  type StreamWriter,
  stdin,
} from 'selectloop';
import { anyText, commandLine, portNumber } from '../command-line.ts';
import { CannotRun } from '../ending.ts';
import { ChatScreen, type ScreenSize } from './chat-screen.ts';

/** How long the last of what we drew may take on its way to the terminal. */
const LAST_PICTURE_MS = 1000;

function* openScreen(): Coroutine<ChatScreen> {
  // Node opens the terminal anew when this is first used, and gives it the same number: before we take that over.
  const { stdout } = process;
  const sizeNow = (): ScreenSize => {
    const [columns, rows] = stdout.getWindowSize();
    // A terminal that does not know its size says 0.
    return [columns || 80, rows || 24];
  };
  // In raw mode we get each key, and nothing appears on the screen but what we write. Node puts the terminal back as it was
  // when the process ends, however it ends: for that, descriptor 1 stays open.
  process.stdin.setRawMode(true);
  const terminal = { fileno: () => 1, close: () => {} };
  const [, screen] = yield* getRunningLoop().connectWritePipe(() => new ChatScreen(sizeNow), terminal);
  stdout.on('resize', () => screen.resized());
  return screen;
}

/** Shows what the server says, to its end. @throws CannotRun when that is no chat */
function* hear(server: StreamReader, show: (line: string) => void): Coroutine<void> {
  try {
    // Servers can be lied to: no control character reaches the terminal.
    yield* server.lines((line) => show(line.toString().replace(/\p{Cc}/gu, '')));
  } catch (error) {
    if (!(error instanceof LimitOverrunError)) throw error;
    throw new CannotRun('the server says a line that does not end', { cause: error });
  }
}

/** Sends what is typed; at the end of it, says so to the server, which then closes. */
function* type(keyboard: StreamReader, server: StreamWriter, screen: ChatScreen | null): Coroutine<void> {
  for (;;) {
    const bytes = yield* keyboard.read(4096);
    if (bytes.length === 0) break;
    if (screen === null) {
      yield* server.write(bytes);
      continue;
    }
    const { lines, leave } = screen.press(bytes);
    for (const line of lines) yield* server.write(Buffer.from(`${line}\n`));
    if (leave) break;
  }
  server.writeEof();
}

function* chat(name: string, where: { host: string; port: number }): Coroutine<void> {
  const [fromServer, toServer] = yield* openConnection(where);
  using _ = toServer;
  yield* toServer.write(Buffer.from(`CONNECT ${name}\n`));
  const screen = isatty(0) && isatty(1) ? yield* openScreen() : null;
  try {
    const typing = createTask(type(stdin(), toServer, screen));
    yield* hear(fromServer, (line) => (screen === null ? print(line) : screen.show(line)));
    typing.cancel();
  } finally {
    if (screen !== null) yield* moveOnAfter(LAST_PICTURE_MS, () => screen.leave());
  }
}

const { host, port, rest } = commandLine(
  'chat-client',
  {
    host: anyText('127.0.0.1', 'where the server is', 'HOST'),
    port: portNumber(8010, 'where the server listens'),
  },
  'NAME',
);
await runGuest(() => chat(rest[0] as string, { host, port }), { interrupts: true });
