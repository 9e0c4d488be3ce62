/** An example in a pseudo-terminal of its own, and what its screen shows, as xterm.js understands it. */
import xterm from '@xterm/headless';
import {
  type Coroutine,
  createSubprocessExec,
  createTask,
  Event,
  type Process,
  type StreamReader,
  type StreamWriter,
  sleep,
  type TerminalSize,
} from '../../../src/index.ts';
import { builtProgram } from '../../support/built-program.ts';
import { root } from '../../support/run-program.ts';

/** Says at the end whether the program left its terminal as it was. Ctrl-C is for the program alone. */
const WATCHED =
  'trap : INT; before=$(stty -g); "$@"; code=$?; [ "$before" = "$(stty -g)" ] && echo RESTORED; exit $code';

const SHOWN_WITHIN_MS = 20_000;

/** Lives in a guest, and ends with it. */
export class TerminalProgram {
  readonly child: Process;
  private readonly terminal: InstanceType<typeof xterm.Terminal>;
  private readonly reading = new Event();

  private constructor(child: Process, { rows, columns }: TerminalSize) {
    this.child = child;
    this.terminal = new xterm.Terminal({ rows, cols: columns, scrollback: 10_000, allowProposedApi: true });
    this.reading.set();
  }

  /** Starts an example, such as `examples/chat/chat-client.ts`. */
  static *start(path: string, args: readonly string[], size: TerminalSize): Coroutine<TerminalProgram> {
    const node = [process.execPath, builtProgram(path)];
    const child = yield* createSubprocessExec('sh', ['-c', WATCHED, 'sh', ...node, ...args], {
      pty: size,
      cwd: root,
      // What it writes ahead of a reader who has stopped is to be little.
      limit: 1024,
      env: { ...process.env, TERM: 'xterm-256color' },
    });
    const program = new TerminalProgram(child, size);
    createTask(program.pump(child.stdout as StreamReader));
    return program;
  }

  /** All rows of the screen, without the blanks at their ends. */
  get screen(): string[] {
    const { baseY } = this.terminal.buffer.active;
    return this.history.slice(baseY);
  }

  /** The rows that have scrolled out of the screen, and the screen. */
  get history(): string[] {
    const { active } = this.terminal.buffer;
    return Array.from({ length: active.baseY + this.terminal.rows }, (_, row) =>
      (active.getLine(row)?.translateToString(true) ?? '').trimEnd(),
    );
  }

  /** The colour in which the letter of a cell of the screen is drawn: one of 256. */
  colourAt(row: number, column: number): number | undefined {
    const { active } = this.terminal.buffer;
    return active
      .getLine(active.baseY + row)
      ?.getCell(column)
      ?.getFgColor();
  }

  get cursor(): { row: number; column: number } {
    const { cursorX, cursorY } = this.terminal.buffer.active;
    return { row: cursorY, column: cursorX };
  }

  /** Waits until the last rows of the screen are these. */
  *shows(...lastRows: string[]): Coroutine<void> {
    yield* this.until(
      (screen) => screen.slice(-lastRows.length).join('\n') === lastRows.join('\n'),
      lastRows.join('\n'),
    );
  }

  /** Waits until the screen is as `isRight` says. */
  *until(isRight: (screen: readonly string[]) => boolean, what: string): Coroutine<void> {
    const deadlineMs = performance.now() + SHOWN_WITHIN_MS;
    while (!isRight(this.screen)) {
      if (performance.now() > deadlineMs)
        throw new Error(`the screen does not show\n${what}\n--- but\n${this.screen.join('\n')}`);
      yield* sleep(10);
    }
  }

  *type(keys: string): Coroutine<void> {
    yield* (this.child.stdin as StreamWriter).write(Buffer.from(keys));
  }

  resize(size: TerminalSize): void {
    this.terminal.resize(size.columns, size.rows);
    this.child.resizeTerminal(size);
  }

  /** A line so slow that nothing comes through. */
  stopReading(): void {
    this.reading.clear();
  }

  goOnReading(): void {
    this.reading.set();
  }

  private *pump(output: StreamReader): Coroutine<void> {
    for (;;) {
      yield* this.reading.wait();
      const bytes = yield* output.read(4096);
      if (bytes.length === 0) return;
      this.terminal.write(bytes);
    }
  }
}
