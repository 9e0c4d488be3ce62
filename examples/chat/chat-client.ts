/**
 * A client for the chat server. In a terminal, what you type stays on the last line while messages scroll
 * above it; with its input from a pipe it sends that, and prints what it hears until the server closes.
 *
 *     npm run example -- chat-client ada    # --host, --port: 127.0.0.1 and 8010 by default
 *     echo 'hello from a script' | npm run example -- chat-client script
 *
 * Two things happen at once, hearing and typing, and neither waits for the other. Ctrl-C or Ctrl-D ends.
 */

import { StringDecoder } from 'node:string_decoder';
import { isatty } from 'node:tty';
import {
  type Coroutine,
  createTask,
  getRunningLoop,
  openConnection,
  print,
  runMain,
  StreamReader,
  StreamReaderProtocol,
  type StreamWriter,
} from 'selectloop';
import { anyText, commandLine, portNumber } from '../command-line.ts';

const { host, port, rest } = commandLine(
  'chat-client',
  { host: anyText('127.0.0.1', 'where the server is', 'HOST'), port: portNumber(8010, 'its port') },
  'NAME',
);

const PROMPT = '> ';

const ESC = '\x1b';

/** What an arrow and its like send: from ESC to a letter or ~. */
const ESCAPES = new RegExp(`${ESC}(\\[[\\d;]*|O)?[A-Za-z~]?`, 'g');

/** What a reader takes for single letters, such as an emoji of several code points. */
function lettersOf(text: string): string[] {
  return Array.from(new Intl.Segmenter().segment(text), ({ segment }) => segment);
}

/**
 * The lines of a terminal, in raw mode: we get each key, and nothing appears on the screen but what we write.
 */
class Terminal {
  private readonly keys = new StringDecoder();
  private typed = '';

  constructor() {
    // Node puts the terminal back as it was when the process ends, however it ends.
    process.stdin.setRawMode(true);
    // To the last row: from here on every newline scrolls what is above.
    process.stdout.write(`${ESC}[999;1H`);
    this.draw();
  }

  /** A line above the input. */
  show(line: string): void {
    process.stdout.write(`\r${ESC}[K${line}\n`);
    this.draw();
  }

  /** What keys did: the lines that were finished, and whether the user wants to go. */
  press(bytes: Buffer): { lines: string[]; leave: boolean } {
    const lines: string[] = [];
    for (const key of this.keys.write(bytes).replace(ESCAPES, '')) {
      if (key === '\x03' || key === '\x04') return { lines, leave: true };
      if (key === '\r' || key === '\n') lines.push(this.typed);
      if (key === '\r' || key === '\n' || key === '\x15') this.typed = '';
      else if (key === '\x7f' || key === '\b') this.typed = lettersOf(this.typed).slice(0, -1).join('');
      else if (!/\p{Cc}/u.test(key)) this.typed += key;
    }
    this.draw();
    return { lines, leave: false };
  }

  /** The input line, or as much of its end as fits. */
  draw(): void {
    // A terminal that does not know its size says 0.
    const room = (process.stdout.getWindowSize()[0] || 80) - PROMPT.length - 1;
    process.stdout.write(`\r${ESC}[K${PROMPT}${lettersOf(this.typed).slice(-room).join('')}`);
  }

  leave(): void {
    process.stdout.write(`\r${ESC}[K`);
    process.stdin.setRawMode(false);
  }
}

/** Shows what the server says, to its end. */
function* hear(server: StreamReader, show: (line: string) => void): Coroutine<void> {
  // Servers can be lied to: no control character reaches the terminal.
  yield* server.lines((line) => show(line.toString().replace(/\p{Cc}/gu, '')));
}

/** Sends what is typed; at the end of it, says so to the server, which then closes. */
function* type(keyboard: StreamReader, server: StreamWriter, terminal: Terminal | null): Coroutine<void> {
  for (;;) {
    const bytes = yield* keyboard.read(4096);
    if (bytes.length === 0) break;
    if (terminal === null) {
      yield* server.write(bytes);
      continue;
    }
    const { lines, leave } = terminal.press(bytes);
    for (const line of lines) yield* server.write(Buffer.from(`${line}\n`));
    if (leave) break;
  }
  server.writeEof();
}

function* chat(name: string): Coroutine<void> {
  const loop = getRunningLoop();
  const [fromServer, toServer] = yield* openConnection({ host, port });
  using _ = toServer;
  yield* toServer.write(Buffer.from(`CONNECT ${name}\n`));
  const terminal = isatty(0) && isatty(1) ? new Terminal() : null;
  try {
    if (terminal !== null) loop.addSignalHandler('SIGWINCH', () => terminal.draw());
    const keyboard = new StreamReader();
    const [stdin] = yield* loop.connectReadPipe(() => new StreamReaderProtocol(keyboard), 0);
    const typing = createTask(type(keyboard, toServer, terminal));
    yield* hear(fromServer, (line) => (terminal === null ? print(line) : terminal.show(line)));
    typing.cancel();
    stdin.close();
  } finally {
    terminal?.leave();
  }
}

runMain(() => chat(rest[0] as string));
